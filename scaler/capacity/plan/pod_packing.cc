#include "scaler/capacity/plan/pod_packing.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <iterator>
#include <limits>
#include <map>
#include <numeric>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "scaler/capacity/plan/pod_shares.h"
#include "scaler/capacity/plan/standing_pods.h"
#include "scaler/capacity/pod_neighbours.h"

namespace loadcurve::capacity {
namespace {

constexpr double kRoundOff = 1e-9;
// On so few nodes other ways to pack are tried where pods have no place.
constexpr std::int64_t kFewNodes = 32;

std::vector<PackedNode> EmptyNodes(std::span<const CapacityOffer> offers,
                                   std::span<const std::int64_t> nodes) {
  std::vector<std::size_t> order(offers.size());
  std::iota(order.begin(), order.end(), 0);
  std::ranges::stable_sort(order, [&](std::size_t a, std::size_t b) {
    return offers[a].capacity_class < offers[b].capacity_class;
  });
  std::vector<PackedNode> empty;
  for (const std::size_t i : order)
    for (std::int64_t n = 0; n < nodes[i]; ++n)
      empty.push_back({.offer = i, .pods = {}, .left = AmountsOf(offers[i].allocatable)});
  return empty;
}

class Packer {
 public:
  Packer(const NodeDemand& demand, std::span<const CapacityOffer> offers,
         std::span<const std::int64_t> nodes)
      : demand_(demand),
        offers_(offers),
        nodes_(nodes),
        neighbours_(demand),
        standing_(demand, neighbours_, offers) {
    for (std::size_t g = 0; g < demand.groups().size(); ++g) {
      std::vector<bool>& may = may_stand_.emplace_back();
      for (const CapacityOffer& offer : offers)
        may.push_back(!WhyNotOn(demand.groups()[g].pods, offer));
    }
  }

  PodPacking Pack(double probability) {
    const auto shares = SharePods(demand_, neighbours_, probability, offers_, nodes_);
    PodPacking best = Pack(probability, shares, Way::kEvenly);
    std::vector<Way> others;
    if (!neighbours_.is_empty()) others.push_back(Way::kRestLast);
    if (neighbours_.HasZones()) others.push_back(Way::kNeighboursFirst);
    if (std::reduce(nodes_.begin(), nodes_.end()) <= kFewNodes)
      others.push_back(Way::kLargestFirst);
    for (const Way way : others) {
      if (best.unplaced.empty()) break;
      PodPacking packing = Pack(probability, shares, way);
      if (IsBetter(packing, best)) best = std::move(packing);
    }
    return best;
  }

  // What had no place, where there is room on nodes that came since.
  PodPacking PackRest(PodPacking packing) {
    packing_ = std::move(packing);
    for (const PackedNode& node : packing_.nodes)
      for (const PackedPods& pods : node.pods) standing_.Add(pods.group, pods.count, node);
    std::vector<std::int64_t> added(nodes_.begin(), nodes_.end());
    for (const PackedNode& node : packing_.nodes) --added[node.offer];
    for (PackedNode& node : EmptyNodes(offers_, added)) packing_.nodes.push_back(std::move(node));
    const std::vector<UnplacedPods> unplaced = std::move(packing_.unplaced);
    packing_.unplaced.clear();
    for (const UnplacedPods& pods : unplaced) {
      Placing placing = Begin(pods.group, static_cast<double>(pods.count));
      for (const PackedNode& node : packing_.nodes)
        if (const std::int64_t count = CountOn(pods.group, node); count > 0)
          placing.of_zone[offers_[node.offer].zone] += count;
      Place(placing);
    }
    return std::move(packing_);
  }

 private:
  enum class Way {
    kEvenly,    // the same mix on all nodes of a pool, but where neighbours on nodes forbid it
    kRestLast,  // the same, but those that keep apart come last where they are without a
                // place in their pools
    kNeighboursFirst,  // groups that care who stands beside them node by node, the others evenly
    kLargestFirst,     // one group after the other, node by node
  };

  // Pods of one group under way.
  struct Placing {
    std::size_t group = 0;
    double need = 0;                              // pods of speed 1 that are still without a place
    std::map<std::string, std::int64_t> of_zone;  // zones that have nodes for it
  };

  PodPacking Pack(double probability, const std::vector<std::vector<double>>& shares, Way way) {
    packing_ = {.nodes = EmptyNodes(offers_, nodes_), .unplaced = {}};
    standing_.Clear();
    auto order = Order();
    std::vector<Placing> placings(order.size());
    for (const std::size_t group : order)
      placings[group] = Begin(group, demand_.ReplicasAt(group, probability));
    const auto is_first = [&](std::size_t group) {
      return way == Way::kNeighboursFirst ? neighbours_.HasAny(group)
                                          : neighbours_.HasOnNode(group);
    };
    const auto is_last = [&](std::size_t group) {
      return way == Way::kRestLast && is_first(group) && !neighbours_.NeedsOnNode(group) &&
             neighbours_.FollowersOf(group).empty();
    };
    // Those that care who stands on a node with them come first, and onto few nodes; of those that
    // care for zones alone as many as others need.
    for (const std::size_t group : order) {
      if (!neighbours_.HasAny(group)) continue;
      PutWhereNeeded(placings[group]);
      if (!is_first(group)) continue;
      PutByShares(placings[group], shares[group], probability);
      if (!is_last(group)) PlaceAmongNeighbours(placings[group], probability);
    }
    std::vector<std::size_t> last;
    std::ranges::copy_if(order, std::back_inserter(last), is_last);
    std::erase_if(order, is_first);
    if (way == Way::kLargestFirst)
      std::ranges::stable_sort(order, std::greater<>(),
                               [&](std::size_t group) { return ShareOf(group); });
    else
      FillEvenly(order, shares, placings);
    for (const std::size_t group : last) PlaceAmongNeighbours(placings[group], probability);
    for (const std::size_t group : order) Place(placings[group]);
    return std::move(packing_);
  }

  // Places more pods, at nobody's cost.
  bool IsBetter(const PodPacking& packing, const PodPacking& than) const {
    std::vector<std::int64_t> more(demand_.groups().size(), 0);
    for (const UnplacedPods& pods : than.unplaced) more[pods.group] += pods.count;
    for (const UnplacedPods& pods : packing.unplaced) more[pods.group] -= pods.count;
    return std::ranges::min(more) >= 0 && std::ranges::max(more) > 0;
  }

  std::int64_t RoomierNodes(std::size_t group) const {
    std::int64_t count = 0;
    for (std::size_t i = 0; i < offers_.size(); ++i)
      if (may_stand_[group][i]) count += nodes_[i];
    return count;
  }

  // Of the roomiest node that it may stand on.
  double ShareOf(std::size_t group) const {
    double share = std::numeric_limits<double>::infinity();
    for (std::size_t i = 0; i < offers_.size(); ++i)
      if (may_stand_[group][i] && nodes_[i] > 0)
        share = std::min(share, DominantShare(AmountsOf(demand_.groups()[group].pods.request()),
                                              AmountsOf(offers_[i].allocatable)));
    return share;
  }

  std::vector<std::size_t> Order() const {
    std::vector<std::size_t> order(demand_.groups().size());
    std::iota(order.begin(), order.end(), 0);
    std::vector<std::tuple<std::size_t, bool, std::int64_t, double>> keys;
    for (const std::size_t group : order)
      keys.emplace_back(neighbours_.DepthOf(group), !neighbours_.IsNeeded(group),
                        RoomierNodes(group), -ShareOf(group));
    std::ranges::stable_sort(order,
                             [&](std::size_t a, std::size_t b) { return keys[a] < keys[b]; });
    return neighbours_.is_empty() ? order : neighbours_.WithFollowers(order);
  }

  Placing Begin(std::size_t group, double need) const {
    Placing placing{group, need, {}};
    for (std::size_t i = 0; i < offers_.size(); ++i)
      if (may_stand_[group][i] && nodes_[i] > 0) placing.of_zone[offers_[i].zone] = 0;
    return placing;
  }

  // Those without which others, or their own like, could come nowhere.
  void PutWhereNeeded(Placing& placing) {
    if (standing_.IsFirstOf(placing.group)) PutFirst(placing);
    for (std::size_t other = 0; other < may_stand_.size(); ++other)
      if (other != placing.group && neighbours_.IsNeededBy(other, placing.group) &&
          neighbours_.NeedsInZone(other))
        PutInZonesOf(other, placing);
  }

  // Node by node, with room left for those that must stand on nodes with pods of the group; in each
  // pool no more than its share.
  void PutByShares(Placing& placing, const std::vector<double>& shares, double probability) {
    std::vector<std::int64_t> most_of;  // of each offer
    for (const double share : shares)
      most_of.push_back(static_cast<std::int64_t>(std::ceil(share - kRoundOff)));
    PutOnto(MostOnNodes(placing.group, probability), most_of, placing);
  }

  // The same in any pool; then with room left for nobody.
  void PlaceAmongNeighbours(Placing& placing, double probability) {
    const std::vector<std::int64_t> any(offers_.size(), std::numeric_limits<std::int64_t>::max());
    PutOnto(MostOnNodes(placing.group, probability), any, placing);
    Place(placing);
  }

  // Where most of its like have room beside it, since they must stand there too.
  void PutFirst(Placing& placing) {
    const bool is_on_node = neighbours_.NeedsOnNode(placing.group);
    std::map<std::string, std::int64_t> room_of;  // by zone
    for (const PackedNode& node : packing_.nodes)
      if (may_stand_[placing.group][node.offer])
        room_of[offers_[node.offer].zone] += RoomFor(placing.group, node);
    PackedNode* best = nullptr;
    std::int64_t most = 0;
    for (PackedNode& node : packing_.nodes) {
      if (!may_stand_[placing.group][node.offer]) continue;
      const std::int64_t on_node = RoomFor(placing.group, node);
      const std::int64_t room = is_on_node ? on_node : room_of[offers_[node.offer].zone];
      if (on_node <= 0 || room <= most) continue;
      best = &node;
      most = room;
    }
    if (best != nullptr) PutUpTo(1, placing, *best);
  }

  // One in each zone in which the other group may stand and has nobody yet whom it needs.
  void PutInZonesOf(std::size_t other, Placing& placing) {
    for (PackedNode& node : packing_.nodes) {
      const std::string& zone = offers_[node.offer].zone;
      const auto& needed = neighbours_.NeededBy(other);
      if (may_stand_[placing.group][node.offer] && may_stand_[other][node.offer] &&
          std::ranges::none_of(needed, [&](std::size_t group) {
            return group != other && standing_.IsInZone(group, zone);
          }))
        PutUpTo(1, placing, node);
    }
  }

  // How many of a group a node may have so that they leave room for their share of those that must
  // stand beside them; all that it takes where nobody must.
  std::vector<std::int64_t> MostOnNodes(std::size_t group, double probability) const {
    const std::vector<std::size_t> followers = neighbours_.FollowersOf(group);
    std::vector<std::int64_t> most(packing_.nodes.size(), std::numeric_limits<std::int64_t>::max());
    if (followers.empty()) return most;
    ResourceAmounts each = AmountsOf(demand_.groups()[group].pods.request());
    for (const std::size_t follower : followers) {
      double needed = 0;
      for (const std::size_t other : neighbours_.NeededBy(follower))
        if (other != follower) needed += demand_.ReplicasAt(other, probability);
      const ResourceAmounts request = AmountsOf(demand_.groups()[follower].pods.request());
      const double beside = demand_.ReplicasAt(follower, probability) / std::max(needed, 1.0);
      for (std::size_t r = 0; r < each.size(); ++r) each[r] += beside * request[r];
    }
    for (std::size_t n = 0; n < most.size(); ++n) {
      const PackedNode& node = packing_.nodes[n];
      const bool is_followed = std::ranges::any_of(followers, [&](std::size_t follower) {
        return may_stand_[follower][node.offer] && RoomBySize(follower, node) > 0;
      });
      const auto beside = static_cast<std::int64_t>(1 / DominantShare(each, node.left) + kRoundOff);
      most[n] = is_followed ? CountOn(group, node) + std::max<std::int64_t>(1, beside) : 0;
    }
    return most;
  }

  // One node after the other, no more than stated of each node and each offer.
  void PutOnto(const std::vector<std::int64_t>& most_on, std::vector<std::int64_t> most_of,
               Placing& placing) {
    for (const PackedNode& node : packing_.nodes)
      most_of[node.offer] -= std::min(most_of[node.offer], CountOn(placing.group, node));
    const std::int64_t skew = demand_.groups()[placing.group].pods.fields().spread.zone_skew;
    for (double before = placing.need + 1; placing.need > kRoundOff && placing.need < before;) {
      before = placing.need;
      const std::int64_t level = skew > 0 && !placing.of_zone.empty()
                                     ? FewestOf(placing)->second + skew
                                     : std::numeric_limits<std::int64_t>::max();
      for (std::size_t n = 0; n < most_on.size(); ++n) {
        PackedNode& node = packing_.nodes[n];
        if (!may_stand_[placing.group][node.offer]) continue;
        most_of[node.offer] -=
            PutUpTo(std::min({most_on[n] - CountOn(placing.group, node), most_of[node.offer],
                              level - placing.of_zone[offers_[node.offer].zone]}),
                    placing, node);
      }
    }
  }

  // What a pool is to hold of each group: every node the same mix, as far as whole pods allow, then
  // pod by pod where the rest of a node is most like what the pod asks for.
  void FillEvenly(const std::vector<std::size_t>& order,
                  const std::vector<std::vector<double>>& shares, std::vector<Placing>& placings) {
    for (const std::size_t group : order)
      for (PackedNode& node : packing_.nodes) {
        const double each = shares[group][node.offer] / static_cast<double>(nodes_[node.offer]);
        PutUpTo(static_cast<std::int64_t>(std::floor(each + kRoundOff)) - CountOn(group, node),
                placings[group], node);
      }
    std::vector<std::vector<PackedNode*>> nodes_of(offers_.size());
    for (PackedNode& node : packing_.nodes) nodes_of[node.offer].push_back(&node);
    for (const std::size_t group : order)
      for (std::size_t i = 0; i < offers_.size(); ++i) {
        std::int64_t left = std::llround(shares[group][i]);
        for (const PackedNode* node : nodes_of[i]) left -= CountOn(group, *node);
        while (left-- > 0 && PutWhereAlike(placings[group], nodes_of[i])) {
        }
      }
  }

  bool PutWhereAlike(Placing& placing, const std::vector<PackedNode*>& nodes) {
    const ResourceAmounts request = AmountsOf(demand_.groups()[placing.group].pods.request());
    PackedNode* best = nullptr;
    double most = 0;
    for (PackedNode* node : nodes) {
      if (RoomFor(placing.group, *node) <= 0) continue;
      const double alike = Likeness(request, node->left);
      if (best != nullptr && alike <= most) continue;
      best = node;
      most = alike;
    }
    return best != nullptr && PutUpTo(1, placing, *best) > 0;
  }

  // 1 where what is left is a multiple of the request; cores and bytes alone.
  static double Likeness(const ResourceAmounts& request, const ResourceAmounts& left) {
    const double dot = request[0] * left[0] + request[1] * left[1] / 16;
    const double norms = (request[0] * request[0] + request[1] * request[1] / 16) *
                         (left[0] * left[0] + left[1] * left[1] / 16);
    return norms > 0 ? dot / std::sqrt(norms) : 0;
  }

  // At most so many, as far as there is room and need; gives how many.
  std::int64_t PutUpTo(std::int64_t most, Placing& placing, PackedNode& node) {
    if (most <= 0 || placing.need <= kRoundOff) return 0;
    const CapacityOffer& offer = offers_[node.offer];
    const auto needed =
        static_cast<std::int64_t>(std::ceil(placing.need / offer.speed - kRoundOff));
    const std::int64_t count =
        std::min({most, needed, RoomFor(placing.group, node), RoomInZone(placing, offer.zone)});
    if (count <= 0) return 0;
    Put(placing.group, count, node);
    placing.of_zone[offer.zone] += count;
    placing.need -= static_cast<double>(count) * offer.speed;
    return count;
  }

  // What has no place yet, wherever there is room.
  void Place(Placing& placing) {
    const std::int64_t skew = demand_.groups()[placing.group].pods.fields().spread.zone_skew;
    if (skew == 0 || placing.of_zone.empty()) {
      Fill(placing, std::numeric_limits<std::int64_t>::max());
    } else {
      FillLevelly(placing, skew);
    }
    if (placing.need > kRoundOff) NoteUnplaced(placing);
  }

  // Zone by zone no more than the skew beyond the one that has fewest. The zone with the least room
  // decides how far the others may go.
  void FillLevelly(Placing& placing, std::int64_t skew) {
    TakeBackBeyond(LeastRoomOfAZone(placing) + skew, placing);
    for (double before = placing.need + 1; placing.need > kRoundOff && placing.need < before;) {
      before = placing.need;
      Fill(placing, FewestOf(placing)->second + skew);
    }
    TakeBackBeyond(FewestOf(placing)->second + skew, placing);
  }

  // What a zone holds of the group when it is full, in the zone where that is least.
  std::int64_t LeastRoomOfAZone(const Placing& placing) const {
    std::map<std::string, std::int64_t> room_of = placing.of_zone;
    for (const PackedNode& node : packing_.nodes)
      if (may_stand_[placing.group][node.offer])
        room_of[offers_[node.offer].zone] += RoomFor(placing.group, node);
    return std::ranges::min_element(room_of, {}, [](const auto& zone) { return zone.second; })
        ->second;
  }

  static std::map<std::string, std::int64_t>::const_iterator FewestOf(const Placing& placing) {
    return std::ranges::min_element(placing.of_zone, {},
                                    [](const auto& zone) { return zone.second; });
  }

  // Pods of zones that have more than that are without a place again.
  void TakeBackBeyond(std::int64_t most_in_zone, Placing& placing) {
    for (PackedNode& node : packing_.nodes) {
      if (!may_stand_[placing.group][node.offer]) continue;
      const CapacityOffer& offer = offers_[node.offer];
      std::int64_t& in_zone = placing.of_zone[offer.zone];
      const std::int64_t surplus = std::min(in_zone - most_in_zone, CountOn(placing.group, node));
      if (surplus <= 0) continue;
      Put(placing.group, -surplus, node);
      std::erase_if(node.pods, [](const PackedPods& pods) { return pods.count == 0; });
      in_zone -= surplus;
      placing.need += static_cast<double>(surplus) * offer.speed;
    }
  }

  // Onto all nodes one after the other, with at most so many in each zone.
  void Fill(Placing& placing, std::int64_t most_in_zone) {
    for (PackedNode& node : packing_.nodes)
      if (may_stand_[placing.group][node.offer])
        PutUpTo(most_in_zone - placing.of_zone[offers_[node.offer].zone], placing, node);
  }

  std::int64_t RoomFor(std::size_t group, const PackedNode& node) const {
    if (!neighbours_.is_empty() && !standing_.MayCome(group, node)) return 0;
    return RoomBySize(group, node);
  }

  // Whoever stands beside it.
  std::int64_t RoomBySize(std::size_t group, const PackedNode& node) const {
    const PodGroup& pods = demand_.groups()[group].pods;
    const ResourceAmounts request = AmountsOf(pods.request());
    double room = std::numeric_limits<std::int32_t>::max();
    for (std::size_t r = 0; r < request.size(); ++r)
      if (request[r] > 0) room = std::min(room, std::floor(node.left[r] / request[r] + kRoundOff));
    auto count = static_cast<std::int64_t>(room);
    if (const std::int64_t most = pods.fields().spread.most_on_node; most > 0)
      count = std::min(count, most - CountOn(group, node));
    return count;
  }

  // Of the most that a zone may have.
  std::int64_t RoomInZone(const Placing& placing, const std::string& zone) const {
    const std::int64_t most = demand_.groups()[placing.group].pods.fields().spread.most_in_zone;
    if (most == 0) return std::numeric_limits<std::int64_t>::max();
    const auto in_zone = placing.of_zone.find(zone);
    return most - (in_zone == placing.of_zone.end() ? 0 : in_zone->second);
  }

  void Put(std::size_t group, std::int64_t count, PackedNode& node) {
    const ResourceAmounts request = AmountsOf(demand_.groups()[group].pods.request());
    for (std::size_t r = 0; r < request.size(); ++r)
      node.left[r] -= static_cast<double>(count) * request[r];
    if (!neighbours_.is_empty()) standing_.Add(group, count, node);
    for (PackedPods& pods : node.pods)
      if (pods.group == group) {
        pods.count += count;
        return;
      }
    node.pods.push_back({group, count});
  }

  void NoteUnplaced(const Placing& placing) {
    UnplacedPods pods{placing.group, static_cast<std::int64_t>(std::ceil(placing.need - kRoundOff)),
                      "", ""};
    const bool has_room = std::ranges::any_of(packing_.nodes, [&](const PackedNode& node) {
      return may_stand_[placing.group][node.offer] && RoomFor(placing.group, node) > 0;
    });
    const PodSpread& spread = demand_.groups()[placing.group].pods.fields().spread;
    if (placing.of_zone.empty()) {
      pods.why = WhyNowhere(placing.group);
    } else if (auto why = WhyAmongNeighbours(placing.group)) {
      pods.why = *std::move(why);
      if (spread.zone_skew > 0) pods.zone = FewestOf(placing)->first;
    } else if (std::ranges::all_of(placing.of_zone, [&](const auto& zone) {
                 return RoomInZone(placing, zone.first) <= 0;
               })) {
      pods.why = "each of the " + std::to_string(placing.of_zone.size()) +
                 " zones with nodes for it has as many as it may, " +
                 std::to_string(spread.most_in_zone);
    } else if (spread.zone_skew > 0) {
      pods.zone = FewestOf(placing)->first;
      pods.why = (has_room ? "zone " + pods.zone + " is full, and others may have " +
                                 std::to_string(spread.zone_skew) + " more at most"
                           : "the nodes that it may stand on are full");
    } else {
      pods.why = "the nodes that it may stand on are full";
    }
    packing_.unplaced.push_back(std::move(pods));
  }

  std::optional<std::string> WhyAmongNeighbours(std::size_t group) const {
    if (neighbours_.is_empty()) return std::nullopt;
    std::vector<const PackedNode*> roomy;
    for (const PackedNode& node : packing_.nodes)
      if (may_stand_[group][node.offer] && RoomBySize(group, node) > 0) roomy.push_back(&node);
    return standing_.WhyNotOn(group, roomy);
  }

  std::string WhyNowhere(std::size_t group) const {
    if (std::ranges::find(may_stand_[group], true) != may_stand_[group].end())
      return "the plan has no node in the pools that it may stand on";
    std::set<std::string> reasons;
    for (const CapacityOffer& offer : offers_)
      if (auto why = WhyNotOn(demand_.groups()[group].pods, offer)) reasons.insert(*std::move(why));
    std::string words;
    for (const std::string& reason : reasons) words += (words.empty() ? "" : "; ") + reason;
    return words.empty() ? "there are no pools" : words;
  }

  const NodeDemand& demand_;
  std::span<const CapacityOffer> offers_;
  std::span<const std::int64_t> nodes_;
  PodNeighbours neighbours_;
  StandingPods standing_;
  std::vector<std::vector<bool>> may_stand_;  // [group][offer]
  PodPacking packing_;
};

}  // namespace

std::int64_t PodPacking::PlacedCount() const {
  std::int64_t count = 0;
  for (const PackedNode& node : nodes)
    for (const PackedPods& pods : node.pods) count += pods.count;
  return count;
}

std::int64_t PodPacking::UnplacedCount() const {
  std::int64_t count = 0;
  for (const UnplacedPods& pods : unplaced) count += pods.count;
  return count;
}

PodPacking PackPods(const NodeDemand& demand, double probability,
                    std::span<const CapacityOffer> offers, std::span<const std::int64_t> nodes) {
  return Packer(demand, offers, nodes).Pack(probability);
}

PodPacking PackRest(PodPacking packing, const NodeDemand& demand,
                    std::span<const CapacityOffer> offers, std::span<const std::int64_t> nodes) {
  return Packer(demand, offers, nodes).PackRest(std::move(packing));
}

}  // namespace loadcurve::capacity
