// What Karpenter does with a NodePool that allows spot and on-demand, one instance type and these
// zones: launches go by EC2's price-capacity-optimized choice, an offering that had nothing is left
// alone for three minutes, an interruption orders the replacement at once, and consolidation
// replaces on-demand nodes by spot where there is any. Spot nodes are not moved to other spot
// nodes (the gate SpotToSpotConsolidation is off).

#include <algorithm>
#include <numeric>
#include <utility>

#include "scaler/capacity/replay/spot_filling.h"
#include "scaler/capacity/replay/spot_rivals.h"

namespace loadcurve::capacity {
namespace {

// pkg/cache: UnavailableOfferingsTTL.
constexpr Duration kUnavailable = std::chrono::minutes(3);

class KarpenterLike : public SpotPolicy {
 public:
  explicit KarpenterLike(std::size_t pools) : closed_until_(pools, Duration(-1)) {}

  std::string_view name() const override { return "karpenter"; }

  SpotTarget Wanted(const SpotMoment& moment) override {
    SpotTarget target{std::vector<std::int64_t>(moment.pools.size(), 0), 0};
    const auto order = ByPriceAndDepth(moment);
    std::int64_t missing = KeepHeld(moment, order, moment.demand, target.spot);
    for (const std::size_t pool : order) {
      const PoolMoment& seen = moment.pools[pool];
      if (seen.leaving > 0) closed_until_[pool] = moment.now + kUnavailable;
      if (missing <= 0 || closed_until_[pool] > moment.now) continue;
      const std::int64_t placed = std::min(missing, seen.stock - target.spot[pool]);
      // It learns of an empty pool by asking it.
      if (placed < missing) closed_until_[pool] = moment.now + kUnavailable;
      target.spot[pool] += placed;
      missing -= placed;
    }
    target.on_demand = missing;
    return target;
  }

 private:
  // Cheap pools first, of those the ones with most to spare.
  std::vector<std::size_t> ByPriceAndDepth(const SpotMoment& moment) const {
    std::vector<std::size_t> order(moment.pools.size());
    std::iota(order.begin(), order.end(), 0U);
    const auto spare = [&](std::size_t pool) {
      return moment.pools[pool].stock - moment.pools[pool].held;
    };
    std::ranges::stable_sort(order, [&](std::size_t a, std::size_t b) {
      if (moment.pools[a].price != moment.pools[b].price)
        return moment.pools[a].price < moment.pools[b].price;
      return spare(a) > spare(b);
    });
    return order;
  }

  std::vector<Duration> closed_until_;
};

}  // namespace

std::unique_ptr<SpotPolicy> MakeKarpenterLike(const SpotPolicyTerms& terms) {
  return std::make_unique<KarpenterLike>(terms.pools.size());
}

}  // namespace loadcurve::capacity
