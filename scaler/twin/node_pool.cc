#include "scaler/twin/node_pool.h"

#include <algorithm>

namespace loadcurve::twin {
namespace {

std::int64_t NodesFor(std::int64_t replicas, std::int64_t per_node) {
  return (replicas + per_node - 1) / per_node;
}

}  // namespace

NodePool::NodePool(const NodeLimits& limits, std::int64_t placed)
    : limits_(limits),
      placed_(std::min(placed, limits.most * limits.replicas_per_node)),
      nodes_(std::max(limits.standing, NodesFor(placed_, limits.replicas_per_node))) {}

std::int64_t NodePool::Needed() const {
  return std::max(limits_.standing, NodesFor(placed_, limits_.replicas_per_node));
}

void NodePool::Order(std::int64_t waiting, TimePoint now) {
  const auto coming = static_cast<std::int64_t>(coming_.size());
  const std::int64_t wanted = NodesFor(waiting, limits_.replicas_per_node) - coming;
  const std::int64_t allowed = limits_.most - nodes_ - coming;
  for (std::int64_t i = 0; i < std::min(wanted, allowed); ++i)
    coming_.push_back(now + limits_.startup);
}

std::optional<TimePoint> NodePool::NextArrival() const {
  if (coming_.empty()) return std::nullopt;
  return coming_.front();
}

void NodePool::Arrive() {
  ++nodes_;
  needs_.assign({{coming_.front(), nodes_}});
  coming_.pop_front();
}

void NodePool::Retire(TimePoint now) {
  const std::int64_t needed = Needed();
  while (!needs_.empty() && needs_.back().nodes <= needed) needs_.pop_back();
  needs_.push_back({now, needed});
  while (needs_.front().until <= now - kUnneeded) needs_.pop_front();
  nodes_ = std::min(nodes_, needs_.front().nodes);
}

}  // namespace loadcurve::twin
