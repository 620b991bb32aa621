#include "scaler/capacity/replay/spot_filling.h"

#include <algorithm>
#include <numeric>

namespace loadcurve::capacity {

std::int64_t FillInOrder(const SpotMoment& moment, std::span<const std::size_t> order,
                         std::int64_t nodes, std::vector<std::int64_t>& spot) {
  for (const std::size_t pool : order) {
    const std::int64_t room = std::max<std::int64_t>(0, moment.pools[pool].stock - spot[pool]);
    const std::int64_t placed = std::min(nodes, room);
    spot[pool] += placed;
    nodes -= placed;
  }
  return nodes;
}

std::int64_t KeepHeld(const SpotMoment& moment, std::span<const std::size_t> order,
                      std::int64_t nodes, std::vector<std::int64_t>& spot) {
  for (const std::size_t pool : order) {
    const std::int64_t kept = std::min(nodes, moment.pools[pool].held);
    spot[pool] += kept;
    nodes -= kept;
  }
  return nodes;
}

std::vector<std::size_t> CheapestThenFullest(const SpotMoment& moment) {
  std::vector<std::size_t> order(moment.pools.size());
  std::iota(order.begin(), order.end(), 0U);
  std::ranges::stable_sort(order, [&](std::size_t a, std::size_t b) {
    if (moment.pools[a].price != moment.pools[b].price)
      return moment.pools[a].price < moment.pools[b].price;
    return moment.pools[a].held > moment.pools[b].held;
  });
  return order;
}

std::int64_t FillByShares(const SpotMoment& moment, std::span<const double> shares,
                          std::int64_t nodes, std::vector<std::int64_t>& spot) {
  // One node after the other, to the pool that is furthest below its share.
  for (; nodes > 0; --nodes) {
    std::size_t best = spot.size();
    double least = 0;
    for (std::size_t pool = 0; pool < spot.size(); ++pool) {
      if (shares[pool] <= 0 || spot[pool] >= moment.pools[pool].stock) continue;
      // Sainte-Lague: where a node is held already, the divisor is half a node lower.
      const bool is_held = spot[pool] < moment.pools[pool].held;
      const double after = (static_cast<double>(spot[pool]) + (is_held ? 0.5 : 1)) / shares[pool];
      if (best != spot.size() && after >= least) continue;
      best = pool;
      least = after;
    }
    if (best == spot.size()) return nodes;
    ++spot[best];
  }
  return 0;
}

}  // namespace loadcurve::capacity
