#include "scaler/capacity/plan/zone_choice.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>
#include <set>
#include <utility>

#include "scaler/capacity/resource_amounts.h"

namespace loadcurve::capacity {
namespace {

// Zones as bits.
using ZoneSet = std::uint32_t;

constexpr std::size_t kMostZones = 32;
// Of more zones than that only single ones, and all, are tried.
constexpr int kFewZones = 6;
constexpr int kMostTried = 20'000;
// What a pod without a place costs, in pods of the dearest zone.
constexpr double kWithoutPlace = 1000;

bool IsWithin(ZoneSet part, ZoneSet whole) {
  return (part & ~whole) == 0;
}

class ZoneSearch {
 public:
  ZoneSearch(const NodeDemand& demand, const PodNeighbours& neighbours,
             std::span<const CapacityOffer> offers, double probability)
      : demand_(demand), neighbours_(neighbours), offers_(offers), probability_(probability) {
    std::set<std::string> zones;
    for (const CapacityOffer& offer : offers) zones.insert(offer.zone);
    zones_.assign(zones.begin(), zones.end());
    for (std::size_t group = 0; group < demand.groups().size(); ++group)
      if (neighbours.HasZones(group)) order_.push_back(group);
    std::ranges::stable_sort(order_, {}, [&](std::size_t group) {
      return std::pair(neighbours.DepthOf(group), !IsSpread(group));
    });
    chosen_.assign(demand.groups().size(), 0);
  }

  std::vector<ZoneChoice> Choices() {
    if (order_.empty() || zones_.size() > kMostZones) return {ZoneChoice(demand_.groups().size())};
    for (const std::size_t group : order_) options_.push_back(OptionsOf(group));
    Choose(0, 0);
    std::ranges::stable_sort(found_, [](const Found& a, const Found& b) {
      return std::pair(a.cost, -a.size) < std::pair(b.cost, -b.size);
    });
    std::vector<const Found*> kept;
    for (const Found& found : found_) {
      if (kept.size() == kZoneChoices) break;
      // One that has fewer zones for everybody cannot be cheaper.
      if (std::ranges::none_of(kept, [&](const Found* better) {
            return std::ranges::equal(found.zones, better->zones, IsWithin);
          }))
        kept.push_back(&found);
    }
    std::vector<ZoneChoice> choices;
    for (const Found* found : kept) choices.push_back(ChoiceOf(found->zones));
    return choices;
  }

 private:
  struct Option {
    ZoneSet zones = 0;
    double cost = 0;
  };
  struct Found {
    std::vector<ZoneSet> zones;  // in the order of order_
    double cost = 0;
    int size = 0;  // zones of all groups
  };

  bool IsSpread(std::size_t group) const {
    return demand_.groups()[group].pods.fields().spread.zone_skew > 0;
  }

  // Nobody but its own like counts.
  bool NeedsItselfAlone(std::size_t group) const {
    const auto& needed = neighbours_.NeededBy(group);
    return neighbours_.NeedsInZone(group) && needed.size() == 1 && needed.front() == group;
  }

  // What a pod of a group costs in each zone, an hour; infinite where it may not stand.
  std::vector<double> CostsOf(std::size_t group) const {
    const PodGroup& pods = demand_.groups()[group].pods;
    std::vector<double> costs(zones_.size(), std::numeric_limits<double>::infinity());
    for (const CapacityOffer& offer : offers_) {
      if (offer.most_nodes == 0 || WhyNotOn(pods, offer)) continue;
      const double each = offer.price.value() / offer.speed *
                          DominantShare(AmountsOf(pods.request()), AmountsOf(offer.allocatable));
      double& cost = costs[ZoneIndex(offer.zone)];
      cost = std::min(cost, each);
    }
    return costs;
  }

  std::size_t ZoneIndex(const std::string& zone) const {
    return static_cast<std::size_t>(std::ranges::lower_bound(zones_, zone) - zones_.begin());
  }

  double RoomIn(std::size_t group, ZoneSet zones) const {
    const PodGroup& pods = demand_.groups()[group].pods;
    double room = 0;
    for (const CapacityOffer& offer : offers_)
      if ((zones >> ZoneIndex(offer.zone) & 1) != 0 && !WhyNotOn(pods, offer))
        room += offer.speed * static_cast<double>(offer.most_nodes * PodsOnEmptyNode(pods, offer));
    if (const std::int64_t most = pods.fields().spread.most_in_zone; most > 0)
      room = std::min(room, static_cast<double>(most * std::popcount(zones)));
    return room;
  }

  // Sets of zones that a group may have, the cheapest first, and of these the largest; none at
  // last.
  std::vector<Option> OptionsOf(std::size_t group) const {
    const double replicas = demand_.ReplicasAt(group, probability_);
    const std::vector<double> costs = CostsOf(group);
    ZoneSet all = 0;
    double dearest = 0;
    for (std::size_t zone = 0; zone < zones_.size(); ++zone) {
      if (std::isinf(costs[zone])) continue;
      all |= ZoneSet{1} << zone;
      dearest = std::max(dearest, costs[zone]);
    }
    const bool is_few = std::popcount(all) <= kFewZones;
    const double most_seats =
        NeedsItselfAlone(group)
            ? 1
            : (neighbours_.IsNeeded(group) ? std::max(1.0, std::ceil(replicas)) : 1e9);
    std::vector<Option> options;
    // Subsets of a set of bits, from the whole down.
    for (ZoneSet set = all; set != 0; set = is_few ? (set - 1) & all : NextSingle(set, all)) {
      if (IsSpread(group) && set != all) break;
      if (std::popcount(set) > most_seats) continue;
      double least = std::numeric_limits<double>::infinity();
      for (std::size_t zone = 0; zone < zones_.size(); ++zone)
        if ((set >> zone & 1) != 0) least = std::min(least, costs[zone]);
      const double placed = std::min(replicas, RoomIn(group, set));
      options.push_back({set, placed * least + (replicas - placed) * kWithoutPlace * dearest});
    }
    std::ranges::stable_sort(options, {}, [](const Option& option) {
      return std::pair(option.cost, -std::popcount(option.zones));
    });
    options.push_back({0, replicas * kWithoutPlace * std::max(dearest, 1e-9)});
    return options;
  }

  // After the whole set each single zone.
  static ZoneSet NextSingle(ZoneSet set, ZoneSet all) {
    const ZoneSet above = std::popcount(set) > 1 ? all : all & ~(set | (set - 1));
    return above & (~above + 1);
  }

  void Choose(std::size_t place, double cost) {
    if (++tried_ > kMostTried) return;
    if (place == order_.size()) {
      Found found{{}, cost, 0};
      for (const std::size_t group : order_) {
        found.zones.push_back(chosen_[group]);
        found.size += std::popcount(chosen_[group]);
      }
      found_.push_back(std::move(found));
      return;
    }
    for (const Option& option : options_[place]) {
      if (!IsAllowed(place, option.zones)) continue;
      chosen_[order_[place]] = option.zones;
      Choose(place + 1, cost + option.cost);
    }
    chosen_[order_[place]] = 0;
  }

  bool IsAllowed(std::size_t place, ZoneSet zones) const {
    const std::size_t group = order_[place];
    for (std::size_t before = 0; before < place; ++before)
      if (neighbours_.AreApartInZone(group, order_[before]) &&
          (zones & chosen_[order_[before]]) != 0)
        return false;
    const auto& needed = neighbours_.NeededBy(group);
    if (needed.empty() || (needed.size() == 1 && needed.front() == group)) return true;
    ZoneSet there = 0;
    for (const std::size_t other : needed) {
      if (!(demand_.ReplicasAt(other, probability_) > 0)) continue;
      // Where that is free to stand anywhere, so is this.
      if (!neighbours_.HasZones(other)) return true;
      if (other != group) there |= chosen_[other];
    }
    return IsWithin(zones, there);
  }

  ZoneChoice ChoiceOf(const std::vector<ZoneSet>& sets) const {
    ZoneChoice choice(demand_.groups().size());
    for (std::size_t i = 0; i < order_.size(); ++i) {
      std::vector<std::string>& zones = choice[order_[i]].emplace();
      for (std::size_t zone = 0; zone < zones_.size(); ++zone)
        if ((sets[i] >> zone & 1) != 0) zones.push_back(zones_[zone]);
    }
    return choice;
  }

  const NodeDemand& demand_;
  const PodNeighbours& neighbours_;
  std::span<const CapacityOffer> offers_;
  double probability_;
  std::vector<std::string> zones_;  // sorted
  std::vector<std::size_t> order_;  // groups that care, those that are needed first
  std::vector<std::vector<Option>> options_;
  std::vector<ZoneSet> chosen_;  // [group]
  std::vector<Found> found_;
  int tried_ = 0;
};

}  // namespace

std::vector<ZoneChoice> ZoneChoicesFor(const NodeDemand& demand, const PodNeighbours& neighbours,
                                       std::span<const CapacityOffer> offers, double probability) {
  return ZoneSearch(demand, neighbours, offers, probability).Choices();
}

NodeDemand WithZones(const NodeDemand& demand, const ZoneChoice& choice) {
  std::vector<GroupDemand> groups = demand.groups();
  for (std::size_t i = 0; i < groups.size(); ++i) {
    if (!choice[i]) continue;
    PodGroupFields fields = groups[i].pods.fields();
    fields.planned_zones = choice[i];
    groups[i].pods = PodGroup::Make(std::move(fields)).value();
  }
  return NodeDemand::Make(demand.levels(), std::move(groups)).value();
}

}  // namespace loadcurve::capacity
