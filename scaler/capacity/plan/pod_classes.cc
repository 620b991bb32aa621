#include "scaler/capacity/plan/pod_classes.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <set>
#include <utility>

namespace loadcurve::capacity {
namespace {

struct MixedPods {
  ResourceAmounts request{};
  double replicas = 0;
};

// The share of a node that pods of this mix can use: as if about eight nodes were filled with them,
// the largest first.
double UsableShare(std::vector<MixedPods> mix, const ResourceAmounts& node) {
  constexpr double kNodesFilled = 8;
  ResourceAmounts asked{};
  for (const MixedPods& pods : mix)
    for (std::size_t r = 0; r < asked.size(); ++r) asked[r] += pods.replicas * pods.request[r];
  const double nodes_asked = DominantShare(asked, node);
  if (!(nodes_asked > 0)) return 1;
  std::ranges::sort(mix, [&](const MixedPods& a, const MixedPods& b) {
    return DominantShare(a.request, node) > DominantShare(b.request, node);
  });
  std::vector<ResourceAmounts> used;
  asked = {};
  for (const MixedPods& pods : mix) {
    auto left =
        static_cast<std::int64_t>(std::ceil(pods.replicas * kNodesFilled / nodes_asked - 1e-9));
    for (std::size_t r = 0; r < asked.size(); ++r)
      asked[r] += static_cast<double>(left) * pods.request[r];
    for (std::size_t i = 0; left > 0; ++i) {
      if (i == used.size()) used.emplace_back();
      double fit = static_cast<double>(left);
      for (std::size_t r = 0; r < node.size(); ++r)
        if (pods.request[r] > 0)
          fit = std::min(fit, std::floor((node[r] - used[i][r]) / pods.request[r] + 1e-9));
      for (std::size_t r = 0; r < node.size(); ++r) used[i][r] += fit * pods.request[r];
      left -= static_cast<std::int64_t>(fit);
    }
  }
  // The last node counts as far as it is filled.
  const double nodes_used = static_cast<double>(used.size() - 1) + DominantShare(used.back(), node);
  return std::min(1.0, DominantShare(asked, node) / nodes_used);
}

// What pods of the mix can make use of: no more memory than the cores beside it go with, in the
// pods that ask for most memory by core, and so on for each pair of resources.
ResourceAmounts Matched(const std::vector<MixedPods>& mix, ResourceAmounts node) {
  const ResourceAmounts whole = node;
  for (std::size_t r = 0; r < node.size(); ++r)
    for (std::size_t beside = 0; beside < node.size(); ++beside) {
      double most = 0;
      for (const MixedPods& pods : mix)
        most = std::max(most, pods.request[beside] > 0 ? pods.request[r] / pods.request[beside]
                                                       : std::numeric_limits<double>::infinity());
      node[r] = std::min(node[r], whole[beside] * most);
    }
  return node;
}

// What tells classes apart: the pools, and the group itself where its traffic costs money or its
// neighbours are counted.
using ClassKey = std::pair<std::vector<std::size_t>, std::string>;

class ClassGatherer {
 public:
  ClassGatherer(const NodeDemand& demand, const NeighbourCounts& counts,
                std::span<const CapacityOffer> offers)
      : demand_(demand), counts_(counts), offers_(offers) {}

  void Add(std::size_t group) {
    const PodGroup& pods = demand_.groups()[group].pods;
    std::map<std::string, std::vector<std::size_t>> pools_of_zone;
    std::vector<std::size_t> pools;
    std::set<std::string> reasons;
    for (std::size_t i = 0; i < offers_.size(); ++i) {
      if (auto why = WhyNotOn(pods, offers_[i])) {
        reasons.insert(*std::move(why));
        continue;
      }
      if (!counts_.MayCome(group, i)) {
        reasons.insert("no pods may stand there that it must stand beside");
        continue;
      }
      pools.push_back(i);
      pools_of_zone[offers_[i].zone].push_back(i);
    }
    if (pools.empty()) return AddHomeless(group, reasons);
    const PodSpread& spread = pods.fields().spread;
    if (spread.zone_skew == 0 && spread.most_in_zone == 0)
      return AddMember(pools, {.group = group});
    PodClass::Member member{.group = group, .share = 1 / static_cast<double>(pools_of_zone.size())};
    if (spread.most_in_zone > 0) member.most = static_cast<double>(spread.most_in_zone);
    for (auto& [zone, of_zone] : pools_of_zone) AddMember(of_zone, member);
  }

  PodClasses Take(double level) {
    PodClasses gathered;
    gathered.homeless = std::move(homeless_);
    for (auto& [key, members] : members_) {
      PodClass pods;
      pods.members = std::move(members);
      for (const std::size_t offer : key.first) pods.places.push_back(PlaceOf(pods, offer, level));
      gathered.classes.push_back(std::move(pods));
    }
    return gathered;
  }

 private:
  void AddHomeless(std::size_t group, const std::set<std::string>& reasons) {
    std::string why;
    for (const std::string& reason : reasons) why += (why.empty() ? "" : "; ") + reason;
    homeless_.push_back({group, why.empty() ? "there are no pools" : why});
  }

  void AddMember(const std::vector<std::size_t>& pools, const PodClass::Member& member) {
    const PodGroup& pods = demand_.groups()[member.group].pods;
    const bool is_own = pods.fields().egress.value() > 0 || counts_.IsOwn(member.group);
    members_[{pools, is_own ? pods.name() : ""}].push_back(member);
  }

  PodClass::Place PlaceOf(const PodClass& pods, std::size_t index, double level) const {
    const CapacityOffer& offer = offers_[index];
    const ResourceAmounts node = AmountsOf(offer.allocatable);
    std::vector<MixedPods> mix;
    for (const PodClass::Member& member : pods.members)
      mix.push_back({AmountsOf(demand_.groups()[member.group].pods.request()),
                     member.ReplicasOf(demand_, level)});
    const double usable = UsableShare(mix, node);
    const ResourceAmounts matched = Matched(mix, node);
    PodClass::Place place{.offer = index};
    for (std::size_t r = 0; r < node.size(); ++r)
      place.holds[r] = matched[r] * usable * offer.speed * static_cast<double>(offer.pieces);
    const PodGroupFields& first = demand_.groups()[pods.members.front().group].pods.fields();
    if (first.egress.value() > 0 && first.home_region != offer.region)
      place.egress = first.egress.value() / DominantShare(AmountsOf(first.request), place.holds);
    return place;
  }

  const NodeDemand& demand_;
  const NeighbourCounts& counts_;
  std::span<const CapacityOffer> offers_;
  std::map<ClassKey, std::vector<PodClass::Member>> members_;
  std::vector<HomelessPods> homeless_;
};

}  // namespace

PodClasses ClassesOf(const NodeDemand& demand, const NeighbourCounts& counts,
                     std::span<const CapacityOffer> offers, double level) {
  ClassGatherer gatherer(demand, counts, offers);
  for (std::size_t group = 0; group < demand.groups().size(); ++group) gatherer.Add(group);
  return gatherer.Take(level);
}

ResourceAmounts AskedBy(const PodClass& pods, const NodeDemand& demand, double probability) {
  ResourceAmounts asked{};
  for (const PodClass::Member& member : pods.members) {
    const ResourceAmounts request = AmountsOf(demand.groups()[member.group].pods.request());
    const double replicas = member.ReplicasOf(demand, probability);
    for (std::size_t r = 0; r < asked.size(); ++r) asked[r] += replicas * request[r];
  }
  return asked;
}

}  // namespace loadcurve::capacity
