#include "scaler/capacity/plan/neighbour_counts.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "scaler/capacity/resource_amounts.h"

namespace loadcurve::capacity {
namespace {

class Counting {
 public:
  Counting(const NodeDemand& demand, const PodNeighbours& neighbours,
           std::span<const CapacityOffer> offers, double level)
      : demand_(demand), neighbours_(neighbours), offers_(offers), level_(level) {
    for (std::size_t g = 0; g < demand.groups().size(); ++g) {
      std::vector<bool>& may = may_stand_.emplace_back();
      for (const CapacityOffer& offer : offers) may.push_back(!WhyNotOn(PodsOf(g), offer));
    }
  }

  bool HasHosts(std::size_t group) const {
    const auto& needed = neighbours_.NeededBy(group);
    if (neighbours_.NeedsOnNode(group) && needed.size() == 1 && needed.front() == group)
      return true;
    if (FillsManyNodes(group)) return false;
    for (std::size_t other = 0; other < may_stand_.size(); ++other)
      if (neighbours_.AreApartOnNode(group, other)) return true;
    return false;
  }

  bool MayCome(std::size_t group, std::size_t offer) const {
    return !neighbours_.NeedsOnNode(group) ||
           std::ranges::any_of(neighbours_.NeededBy(group),
                               [&](std::size_t other) { return may_stand_[other][offer]; });
  }

  // Whether pods of the group, one of the others on each of its nodes, have room on no more nodes
  // than there are others, whatever the nodes are.
  bool HasSeatsToSpare(std::size_t group) const {
    double others = 0;
    double fewest = std::numeric_limits<double>::infinity();  // of the group on a node
    for (const std::size_t other : neighbours_.NeededBy(group)) {
      if (other == group) continue;
      if (HasHosts(other)) return false;
      others += demand_.ReplicasAt(other, level_);
      for (std::size_t i = 0; i < offers_.size(); ++i) {
        if (!may_stand_[group][i] || !may_stand_[other][i]) continue;
        ResourceAmounts left = AmountsOf(offers_[i].allocatable);
        const ResourceAmounts taken = AmountsOf(PodsOf(other).request());
        for (std::size_t r = 0; r < left.size(); ++r) left[r] -= taken[r];
        fewest = std::min(
            fewest, std::floor(1 / DominantShare(AmountsOf(PodsOf(group).request()), left) + 1e-9));
      }
    }
    if (const std::int64_t most = PodsOf(group).fields().spread.most_on_node; most > 0)
      fewest = std::min(fewest, static_cast<double>(most));
    return others * fewest >= demand_.ReplicasAt(group, level_);
  }

 private:
  const PodGroup& PodsOf(std::size_t group) const { return demand_.groups()[group].pods; }

  bool FillsManyNodes(std::size_t group) const {
    constexpr double kMany = 8;  // one in part is little beside them
    if (PodsOf(group).fields().spread.most_on_node > 0) return false;
    double most = 0;
    for (std::size_t i = 0; i < offers_.size(); ++i)
      if (may_stand_[group][i])
        most = std::max(most, static_cast<double>(PodsOnEmptyNode(PodsOf(group), offers_[i])) *
                                  offers_[i].speed);
    return demand_.ReplicasAt(group, level_) >= kMany * most;
  }

  const NodeDemand& demand_;
  const PodNeighbours& neighbours_;
  std::span<const CapacityOffer> offers_;
  double level_;
  std::vector<std::vector<bool>> may_stand_;  // [group][offer]
};

}  // namespace

NeighbourCounts::NeighbourCounts(const NodeDemand& demand, const PodNeighbours& neighbours,
                                 std::span<const CapacityOffer> offers, double level)
    : has_hosts_(demand.groups().size(), false), has_seats_(has_hosts_), is_own_(has_hosts_) {
  if (neighbours.is_empty()) return;
  const Counting counting(demand, neighbours, offers, level);
  for (std::size_t g = 0; g < has_hosts_.size(); ++g) {
    std::vector<bool>& may_come = may_come_.emplace_back();
    for (std::size_t i = 0; i < offers.size(); ++i) may_come.push_back(counting.MayCome(g, i));
    has_hosts_[g] = counting.HasHosts(g);
    has_seats_[g] = neighbours.NeedsOnNode(g) && !counting.HasSeatsToSpare(g);
  }
  for (std::size_t g = 0; g < is_own_.size(); ++g) {
    is_own_[g] = has_hosts_[g] || has_seats_[g];
    for (std::size_t other = 0; other < is_own_.size(); ++other)
      if (has_hosts_[other] && neighbours.AreApartOnNode(g, other)) is_own_[g] = true;
  }
}

}  // namespace loadcurve::capacity
