#include "scaler/capacity/plan/near_pools.h"

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <utility>

namespace loadcurve::capacity {
namespace {

constexpr std::size_t kFewPools = 40;
// Of its price that a pool may be too dear by.
constexpr double kNear = 0.03;
constexpr std::size_t kCheapestKept = 2;

// By zone and class, since limits bind these.
void KeepCheapestFor(const PodGroup& pods, std::span<const CapacityOffer> offers,
                     std::set<std::size_t>& kept) {
  std::map<std::pair<std::string, CapacityClass>, std::vector<std::pair<double, std::size_t>>>
      costs;
  for (std::size_t i = 0; i < offers.size(); ++i) {
    const CapacityOffer& offer = offers[i];
    if (offer.most_nodes == 0 || WhyNotOn(pods, offer)) continue;
    const double share =
        DominantShare(AmountsOf(pods.request()), AmountsOf(offer.allocatable)) / offer.speed;
    costs[{offer.zone, offer.capacity_class}].emplace_back(offer.price.value() * share, i);
  }
  for (auto& [place, pools] : costs) {
    const std::size_t count = std::min(pools.size(), kCheapestKept);
    std::ranges::partial_sort(pools, pools.begin() + static_cast<std::ptrdiff_t>(count));
    for (std::size_t n = 0; n < count; ++n) kept.insert(pools[n].second);
  }
}

}  // namespace

std::vector<std::size_t> NearPools(const PlanInputs& inputs, const PlanProgram& program,
                                   const LinearSolution& relaxed) {
  std::set<std::size_t> kept;
  for (std::size_t i = 0; i < inputs.offers.size(); ++i)
    if (inputs.offers.size() <= kFewPools || program.IsNear(i, relaxed, kNear)) kept.insert(i);
  if (inputs.offers.size() > kFewPools)
    for (const GroupDemand& group : inputs.demand.groups())
      KeepCheapestFor(group.pods, inputs.offers, kept);
  return {kept.begin(), kept.end()};
}

}  // namespace loadcurve::capacity
