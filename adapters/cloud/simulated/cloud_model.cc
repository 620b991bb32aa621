#include "adapters/cloud/simulated/cloud_model.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace loadcurve::simulated_cloud {
namespace {

using capacity::CapacityOffer;
using capacity::CapacityOrder;
using capacity::NodeState;
using capacity::OrderOutcome;
using capacity::ProvidedNode;
using capacity::Shortfall;

}  // namespace

CloudModel::CloudModel(CloudPlan plan)
    : plan_(std::move(plan)), random_(plan_.seed), touched_(plan_.faults.size()) {}

const PoolPlan* CloudModel::PoolOf(const std::string& name) const {
  const auto found = std::ranges::find_if(
      plan_.pools, [&](const PoolPlan& pool) { return pool.offer.pool == name; });
  return found == plan_.pools.end() ? nullptr : &*found;
}

std::optional<FaultRule> CloudModel::FaultOf(CallKind call, Duration now) {
  ++calls_;
  for (std::size_t i = 0; i < plan_.faults.size(); ++i) {
    const FaultRule& fault = plan_.faults[i];
    const bool is_now = now >= fault.from && (!fault.until || now < *fault.until);
    if (!is_now || (fault.call != CallKind::kAny && fault.call != call)) continue;
    if (fault.first && touched_[i] >= *fault.first) continue;
    ++touched_[i];
    if (Chance() < fault.share) return fault;
  }
  return std::nullopt;
}

// ---- what is there

std::int64_t CloudModel::Room(const PoolPlan& pool, Duration at) const {
  if (pool.trace.shares.empty()) return pool.stock;
  const auto step = static_cast<std::size_t>(at / pool.trace.step);
  const double share = pool.trace.shares[std::min(step, pool.trace.shares.size() - 1)];
  return static_cast<std::int64_t>(std::floor(share * static_cast<double>(pool.stock) + 1e-9));
}

std::int64_t CloudModel::HeldOf(const std::string& pool) const {
  return std::ranges::count_if(
      ledger_, [&](const SoldNode& node) { return node.pool == pool && !node.ended_at; });
}

std::int64_t CloudModel::QuotaLeft(const CapacityOffer& offer) const {
  std::int64_t left = 1'000'000'000;
  for (const QuotaPlan& quota : plan_.quotas) {
    if (quota.region != offer.region || quota.capacity_class != offer.capacity_class) continue;
    std::int64_t held = 0;
    for (const PoolPlan& pool : plan_.pools)
      if (pool.offer.region == quota.region && pool.offer.capacity_class == quota.capacity_class)
        held += HeldOf(pool.offer.pool);
    left = std::min(left, quota.nodes - held);
  }
  return left;
}

void CloudModel::Advance(Duration now) {
  now_ = std::max(now_, now);
  for (const PoolPlan& pool : plan_.pools)
    if (!pool.trace.shares.empty()) Reclaim(pool, now_);
  for (SoldNode& node : ledger_)
    if (node.taken_at && *node.taken_at <= now_ && !node.ended_at) node.ended_at = node.taken_at;
}

// Notice is given ahead of the step of the trace that leaves no room.
void CloudModel::Reclaim(const PoolPlan& pool, Duration at) {
  const std::int64_t room = Room(pool, at + pool.notice);
  std::int64_t staying = std::ranges::count_if(ledger_, [&](const SoldNode& node) {
    return node.pool == pool.offer.pool && !node.ended_at && !node.taken_at;
  });
  // The trace's step that takes them, or now where it was passed over.
  const Duration due = std::max(at, (at + pool.notice) / pool.trace.step * pool.trace.step);
  for (SoldNode& node : ledger_) {
    if (staying <= room) return;
    if (node.pool != pool.offer.pool || node.ended_at || node.taken_at) continue;
    node.taken_at = std::min(due, at + pool.notice);
    if (Chance() >= pool.missed_notice) node.notice_at = at;
    --staying;
  }
}

NodeState CloudModel::StateOf(const SoldNode& node, Duration now) const {
  if (node.notice_at && now >= *node.notice_at) return NodeState::kInterrupted;
  const PoolPlan* pool = PoolOf(node.pool);
  const bool is_up = pool == nullptr || now - node.bought_at >= pool->offer.boot;
  return is_up ? NodeState::kReady : NodeState::kBooting;
}

std::vector<CapacityOffer> CloudModel::Offers(Duration now) {
  Advance(now);
  std::vector<CapacityOffer> offers;
  for (const PoolPlan& pool : plan_.pools) offers.push_back(pool.offer);
  return offers;
}

std::vector<ProvidedNode> CloudModel::Nodes(Duration now) {
  Advance(now);
  std::vector<ProvidedNode> nodes;
  for (const SoldNode& node : ledger_) {
    if (node.ended_at) continue;
    nodes.push_back({node.id, node.pool, node.token, StateOf(node, now_)});
    if (nodes.back().state == NodeState::kInterrupted && node.taken_at)
      nodes.back().ends_in = *node.taken_at - now_;
  }
  return nodes;
}

// ---- buying and giving back

Result<OrderOutcome> CloudModel::Sell(const CapacityOrder& order, Duration now) {
  Advance(now);
  const auto known = by_token_.find(order.token);
  if (plan_.knows_tokens && known != by_token_.end()) return known->second;
  const PoolPlan* pool = PoolOf(order.pool);
  if (pool == nullptr) return Fail(ErrorCode::kNotFound, "there is no pool '" + order.pool + "'");
  // Not what is about to be taken away.
  const std::int64_t room =
      std::min(Room(*pool, now_), Room(*pool, now_ + pool->notice)) - HeldOf(order.pool);
  const std::int64_t quota = QuotaLeft(pool->offer);
  std::int64_t sold = std::clamp<std::int64_t>(std::min(room, quota), 0, order.nodes);
  OrderOutcome outcome;
  if (sold < order.nodes) {
    if (plan_.is_all_or_nothing) sold = 0;
    const bool is_quota = quota < room;
    outcome.is_all_or_nothing = plan_.is_all_or_nothing;
    outcome.missing = order.nodes - sold;
    outcome.shortfall = is_quota ? Shortfall::kQuota : Shortfall::kStock;
    outcome.why_missing = is_quota ? "QuotaExceeded: this account holds all that it may"
                                   : "InsufficientCapacity: the pool has no more now";
  }
  for (std::int64_t i = 0; i < sold; ++i) {
    const std::string id = "node-" + std::to_string(ledger_.size() + 1);
    ledger_.push_back({.id = id, .pool = order.pool, .token = order.token, .bought_at = now_});
    outcome.node_ids.push_back(id);
  }
  // Where tokens are not known, one may have been sold under before.
  OrderOutcome& all = by_token_[order.token];
  std::vector<std::string> node_ids = std::move(all.node_ids);
  node_ids.insert(node_ids.end(), outcome.node_ids.begin(), outcome.node_ids.end());
  all = outcome;
  all.node_ids = std::move(node_ids);
  return outcome;
}

std::optional<OrderOutcome> CloudModel::Find(const std::string& token) const {
  const auto known = by_token_.find(token);
  return known == by_token_.end() ? std::nullopt : std::optional(known->second);
}

void CloudModel::TakeBack(const std::vector<std::string>& node_ids, Duration now) {
  Advance(now);
  for (SoldNode& node : ledger_)
    if (!node.ended_at && std::ranges::find(node_ids, node.id) != node_ids.end())
      node.ended_at = now_;
}

void CloudModel::Interrupt(const std::vector<std::string>& node_ids, Duration now) {
  Advance(now);
  for (SoldNode& node : ledger_) {
    if (node.ended_at || node.taken_at || std::ranges::find(node_ids, node.id) == node_ids.end())
      continue;
    const PoolPlan* const pool = PoolOf(node.pool);
    node.taken_at = now_ + (pool == nullptr ? Duration(0) : pool->notice);
    node.notice_at = now_;
  }
}

LedgerReport CloudModel::Report(Duration now) {
  Advance(now);
  LedgerReport report{.bought = static_cast<std::int64_t>(ledger_.size()), .calls = calls_};
  for (const SoldNode& node : ledger_) {
    if (!node.ended_at) ++report.paid;
    if (node.taken_at && node.ended_at == node.taken_at) ++report.reclaimed;
    const Duration end = node.ended_at.value_or(now_);
    if (const PoolPlan* pool = PoolOf(node.pool))
      report.cost_usd += pool->offer.price.value() * Seconds(end - node.bought_at) / 3600;
  }
  return report;
}

}  // namespace loadcurve::simulated_cloud
