#include "scaler/capacity/fleet/spot_loss_watch.h"

namespace loadcurve::capacity {
namespace {

// A list that lacks nodes for a moment is doubted.
constexpr Duration kMissing = std::chrono::minutes(2);

}  // namespace

void SpotLossWatch::See(const Look& look) {
  std::set<std::string> spot;
  for (const CapacityOffer& pool : look.pools)
    if (pool.capacity_class == CapacityClass::kSpot) spot.insert(pool.pool);
  std::set<std::string> certain;
  for (const NodeLoss& loss : look.losses)
    if (loss.response == LossResponse::kDrain) certain.insert(loss.node_id);
  std::map<std::string, LossRecord::Count> counts;
  for (const ProvidedNode& node : look.provided) {
    if (!spot.contains(node.pool)) continue;
    if (node.state == NodeState::kLeaving) {
      known_.erase(node.id);
      continue;
    }
    known_[node.id] = {node.pool, look.now};
    const bool is_lost = node.state == NodeState::kInterrupted || certain.contains(node.id);
    if (!is_lost && !counted_.contains(node.id)) ++counts[node.pool].held;
    if (is_lost && counted_.insert(node.id).second) ++counts[node.pool].lost;
  }
  std::erase_if(known_, [&](const auto& entry) {
    const auto& [id, node] = entry;
    if (look.leaving.contains(id)) return node.listed_at != look.now;
    if (look.now - node.listed_at < kMissing) return false;
    if (!counted_.contains(id)) ++counts[node.pool].lost;
    return true;
  });
  std::erase_if(counted_, [&](const std::string& id) { return !known_.contains(id); });
  record_.Note(look.now, counts);
}

}  // namespace loadcurve::capacity
