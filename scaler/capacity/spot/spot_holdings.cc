#include "scaler/capacity/spot/spot_holdings.h"

#include <algorithm>
#include <limits>

namespace loadcurve::capacity {
namespace {

constexpr std::size_t kOnDemand = std::numeric_limits<std::size_t>::max();

// Places nodes for one count of spares after the other.
class Placement {
 public:
  Placement(const HoldingsAsk& ask, std::int64_t block)
      : ask_(ask), block_(block), touching_(ask.pools.size()) {
    for (std::size_t event = 0; event < ask.events.size(); ++event)
      for (std::size_t pool = 0; pool < ask.pools.size(); ++pool)
        if (ask.events[event].left[pool] < ask.pools[pool].most) touching_[pool].push_back(event);
  }

  // What it costs a second; no more than somewhat beyond `bound` where it is dearer than that.
  double Place(std::int64_t spares, double bound) {
    spares_ = spares;
    placed_ = {std::vector<std::int64_t>(ask_.pools.size(), 0), 0};
    lost_.assign(ask_.events.size(), 0);
    double cost = RiseCost();
    for (std::int64_t missing = ask_.demand + spares; missing > 0 && cost <= bound;)
      cost += PlaceBlock(missing);
    return cost;
  }

  const SpotHoldings& placed() const { return placed_; }

 private:
  double OrderCost(double price) const { return price * ask_.order_share + ask_.waiting; }

  double RiseCost() const {
    double nodes = 0;
    for (const DemandRise& rise : ask_.rises)
      nodes +=
          rise.per_second * static_cast<double>(std::max<std::int64_t>(0, rise.nodes - spares_));
    return ask_.value * ask_.boot_seconds * nodes;
  }

  std::int64_t RoomIn(std::size_t pool, std::int64_t nodes) const {
    return std::min({block_, nodes, ask_.pools[pool].most - placed_.spot[pool]});
  }

  // A node, of `nodes` more in a pool that has room for them: what the last one costs.
  double CostIn(std::size_t index, std::int64_t nodes) const {
    const HoldingPool& pool = ask_.pools[index];
    const std::int64_t node = placed_.spot[index] + nodes;
    double per_second = 0;
    for (const std::size_t event : touching_[index])
      if (node > ask_.events[event].left[index] && lost_[event] >= spares_)
        per_second += ask_.events[event].per_second;
    // A loss that a spare covers costs the next order all the same.
    const double again =
        pool.losses_per_second[static_cast<std::size_t>(node) - 1] * ask_.boot_seconds * pool.price;
    return pool.price + again + (node > pool.held ? OrderCost(pool.price) : 0) +
           ask_.value * ask_.lost_seconds * per_second;
  }

  // Takes what it places off `missing`; what that costs.
  double PlaceBlock(std::int64_t& missing) {
    std::size_t best = kOnDemand;
    double least = 1 + (placed_.on_demand < ask_.on_demand_held ? 0 : OrderCost(1));
    for (std::size_t pool = 0; pool < ask_.pools.size(); ++pool) {
      const std::int64_t room = RoomIn(pool, missing);
      if (room <= 0) continue;
      const double cost = CostIn(pool, room);
      if (cost >= least) continue;
      least = cost;
      best = pool;
    }
    const std::int64_t nodes =
        best == kOnDemand ? std::min(block_, missing) : RoomIn(best, missing);
    missing -= nodes;
    if (best == kOnDemand) {
      placed_.on_demand += nodes;
      return least * static_cast<double>(nodes);
    }
    const std::int64_t before = placed_.spot[best];
    placed_.spot[best] += nodes;
    for (const std::size_t event : touching_[best]) {
      const std::int64_t left = ask_.events[event].left[best];
      lost_[event] += std::max<std::int64_t>(0, before + nodes - std::max(left, before));
    }
    return least * static_cast<double>(nodes);
  }

  const HoldingsAsk& ask_;
  std::int64_t block_;                              // nodes that are placed at once
  std::vector<std::vector<std::size_t>> touching_;  // events, by the pools that they touch
  std::int64_t spares_ = 0;
  SpotHoldings placed_;
  std::vector<std::int64_t> lost_;  // nodes, of each event
};

}  // namespace

SpotHoldings HoldingsFor(const HoldingsAsk& ask) {
  constexpr std::int64_t kBlocks = 24;
  const std::int64_t block = std::max<std::int64_t>(1, (ask.demand + kBlocks - 1) / kBlocks);
  Placement placement(ask, block);
  SpotHoldings best;
  double least = std::numeric_limits<double>::infinity();
  // As many spares as there is demand cover every event that takes no node twice.
  for (std::int64_t spares = 0; spares <= ask.demand; spares += block) {
    const double cost = placement.Place(spares, least);
    if (cost >= least) continue;
    least = cost;
    best = placement.placed();
  }
  return best;
}

}  // namespace loadcurve::capacity
