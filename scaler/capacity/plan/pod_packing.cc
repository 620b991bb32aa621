#include "scaler/capacity/plan/pod_packing.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <iterator>
#include <limits>
#include <map>
#include <numeric>
#include <span>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "scaler/capacity/plan/node_filling.h"
#include "scaler/capacity/plan/pod_shares.h"
#include "scaler/capacity/pod_neighbours.h"

namespace loadcurve::capacity {
namespace {

// On so few nodes other ways to pack are tried where pods have no place.
constexpr std::int64_t kFewNodes = 32;

class Packer {
 public:
  Packer(const NodeDemand& demand, std::span<const CapacityOffer> offers,
         std::span<const std::int64_t> nodes)
      : demand_(demand),
        offers_(offers),
        nodes_(nodes),
        neighbours_(demand),
        filling_(demand, neighbours_, offers, nodes) {}

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
    const std::vector<UnplacedPods> unplaced = std::move(packing.unplaced);
    filling_.GoOnFrom(std::move(packing));
    for (const UnplacedPods& pods : unplaced) {
      PlacingPods placing = filling_.Begin(pods.group, static_cast<double>(pods.count));
      for (const PackedNode& node : filling_.nodes())
        if (const std::int64_t count = CountOn(pods.group, node); count > 0)
          placing.of_zone[offers_[node.offer].zone] += count;
      filling_.Place(placing);
    }
    return filling_.Take();
  }

 private:
  enum class Way {
    kEvenly,    // the same mix on all nodes of a pool, but where neighbours on nodes forbid it
    kRestLast,  // the same, but those that keep apart come last where they are without a
                // place in their pools
    kNeighboursFirst,  // groups that care who stands beside them node by node, the others evenly
    kLargestFirst,     // one group after the other, node by node
  };

  PodPacking Pack(double probability, const std::vector<std::vector<double>>& shares, Way way) {
    filling_.Clear();
    auto order = Order();
    std::vector<PlacingPods> placings(order.size());
    for (const std::size_t group : order)
      placings[group] = filling_.Begin(group, demand_.ReplicasAt(group, probability));
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
    for (const std::size_t group : order) filling_.Place(placings[group]);
    return filling_.Take();
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
      if (filling_.MayStand(group, i)) count += nodes_[i];
    return count;
  }

  // Of the roomiest node that it may stand on.
  double ShareOf(std::size_t group) const {
    double share = std::numeric_limits<double>::infinity();
    for (std::size_t i = 0; i < offers_.size(); ++i)
      if (filling_.MayStand(group, i) && nodes_[i] > 0)
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

  // Those without which others, or their own like, could come nowhere.
  void PutWhereNeeded(PlacingPods& placing) {
    if (filling_.IsFirstOf(placing.group)) PutFirst(placing);
    for (std::size_t other = 0; other < demand_.groups().size(); ++other)
      if (other != placing.group && neighbours_.IsNeededBy(other, placing.group) &&
          neighbours_.NeedsInZone(other))
        PutInZonesOf(other, placing);
  }

  // Node by node, with room left for those that must stand on nodes with pods of the group; in each
  // pool no more than its share.
  void PutByShares(PlacingPods& placing, const std::vector<double>& shares, double probability) {
    std::vector<std::int64_t> most_of;  // of each offer
    for (const double share : shares)
      most_of.push_back(static_cast<std::int64_t>(std::ceil(share - kRoundOffOfPods)));
    PutOnto(MostOnNodes(placing.group, probability), most_of, placing);
  }

  // The same in any pool; then with room left for nobody.
  void PlaceAmongNeighbours(PlacingPods& placing, double probability) {
    const std::vector<std::int64_t> any(offers_.size(), std::numeric_limits<std::int64_t>::max());
    PutOnto(MostOnNodes(placing.group, probability), any, placing);
    filling_.Place(placing);
  }

  // Where most of its like have room beside it, since they must stand there too.
  void PutFirst(PlacingPods& placing) {
    const bool is_on_node = neighbours_.NeedsOnNode(placing.group);
    std::map<std::string, std::int64_t> room_of;  // by zone
    for (const PackedNode& node : filling_.nodes())
      if (filling_.MayStand(placing.group, node.offer))
        room_of[offers_[node.offer].zone] += filling_.RoomFor(placing.group, node);
    PackedNode* best = nullptr;
    std::int64_t most = 0;
    for (PackedNode& node : filling_.nodes()) {
      if (!filling_.MayStand(placing.group, node.offer)) continue;
      const std::int64_t on_node = filling_.RoomFor(placing.group, node);
      const std::int64_t room = is_on_node ? on_node : room_of[offers_[node.offer].zone];
      if (on_node <= 0 || room <= most) continue;
      best = &node;
      most = room;
    }
    if (best != nullptr) filling_.PutUpTo(1, placing, *best);
  }

  // One in each zone in which the other group may stand and has nobody yet whom it needs.
  void PutInZonesOf(std::size_t other, PlacingPods& placing) {
    for (PackedNode& node : filling_.nodes()) {
      const std::string& zone = offers_[node.offer].zone;
      const auto& needed = neighbours_.NeededBy(other);
      if (filling_.MayStand(placing.group, node.offer) && filling_.MayStand(other, node.offer) &&
          std::ranges::none_of(needed, [&](std::size_t group) {
            return group != other && filling_.IsInZone(group, zone);
          }))
        filling_.PutUpTo(1, placing, node);
    }
  }

  // How many of a group a node may have so that they leave room for their share of those that must
  // stand beside them; all that it takes where nobody must.
  std::vector<std::int64_t> MostOnNodes(std::size_t group, double probability) const {
    const std::vector<std::size_t> followers = neighbours_.FollowersOf(group);
    std::vector<std::int64_t> most(filling_.nodes().size(),
                                   std::numeric_limits<std::int64_t>::max());
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
      const PackedNode& node = filling_.nodes()[n];
      const bool is_followed = std::ranges::any_of(followers, [&](std::size_t follower) {
        return filling_.MayStand(follower, node.offer) && filling_.RoomBySize(follower, node) > 0;
      });
      const auto beside =
          static_cast<std::int64_t>(1 / DominantShare(each, node.left) + kRoundOffOfPods);
      most[n] = is_followed ? CountOn(group, node) + std::max<std::int64_t>(1, beside) : 0;
    }
    return most;
  }

  // One node after the other, no more than stated of each node and each offer.
  void PutOnto(const std::vector<std::int64_t>& most_on, std::vector<std::int64_t> most_of,
               PlacingPods& placing) {
    for (const PackedNode& node : filling_.nodes())
      most_of[node.offer] -= std::min(most_of[node.offer], CountOn(placing.group, node));
    const std::int64_t skew = demand_.groups()[placing.group].pods.fields().spread.zone_skew;
    for (double before = placing.need + 1;
         placing.need > kRoundOffOfPods && placing.need < before;) {
      before = placing.need;
      const std::int64_t level = skew > 0 && !placing.of_zone.empty()
                                     ? NodeFilling::FewestOf(placing)->second + skew
                                     : std::numeric_limits<std::int64_t>::max();
      for (std::size_t n = 0; n < most_on.size(); ++n) {
        PackedNode& node = filling_.nodes()[n];
        if (!filling_.MayStand(placing.group, node.offer)) continue;
        most_of[node.offer] -= filling_.PutUpTo(
            std::min({most_on[n] - CountOn(placing.group, node), most_of[node.offer],
                      level - placing.of_zone[offers_[node.offer].zone]}),
            placing, node);
      }
    }
  }

  // What a pool is to hold of each group: every node the same mix, as far as whole pods allow, then
  // pod by pod where the rest of a node is most like what the pod asks for.
  void FillEvenly(const std::vector<std::size_t>& order,
                  const std::vector<std::vector<double>>& shares,
                  std::vector<PlacingPods>& placings) {
    for (const std::size_t group : order)
      for (PackedNode& node : filling_.nodes()) {
        const double each = shares[group][node.offer] / static_cast<double>(nodes_[node.offer]);
        filling_.PutUpTo(
            static_cast<std::int64_t>(std::floor(each + kRoundOffOfPods)) - CountOn(group, node),
            placings[group], node);
      }
    std::vector<std::vector<PackedNode*>> nodes_of(offers_.size());
    for (PackedNode& node : filling_.nodes()) nodes_of[node.offer].push_back(&node);
    for (const std::size_t group : order)
      for (std::size_t i = 0; i < offers_.size(); ++i) {
        std::int64_t left = std::llround(shares[group][i]);
        for (const PackedNode* node : nodes_of[i]) left -= CountOn(group, *node);
        while (left-- > 0 && PutWhereAlike(placings[group], nodes_of[i])) {
        }
      }
  }

  bool PutWhereAlike(PlacingPods& placing, const std::vector<PackedNode*>& nodes) {
    const ResourceAmounts request = AmountsOf(demand_.groups()[placing.group].pods.request());
    PackedNode* best = nullptr;
    double most = 0;
    for (PackedNode* node : nodes) {
      if (filling_.RoomFor(placing.group, *node) <= 0) continue;
      const double alike = Likeness(request, node->left);
      if (best != nullptr && alike <= most) continue;
      best = node;
      most = alike;
    }
    return best != nullptr && filling_.PutUpTo(1, placing, *best) > 0;
  }

  // 1 where what is left is a multiple of the request; cores and bytes alone.
  static double Likeness(const ResourceAmounts& request, const ResourceAmounts& left) {
    const double dot = request[0] * left[0] + request[1] * left[1] / 16;
    const double norms = (request[0] * request[0] + request[1] * request[1] / 16) *
                         (left[0] * left[0] + left[1] * left[1] / 16);
    return norms > 0 ? dot / std::sqrt(norms) : 0;
  }

  const NodeDemand& demand_;
  std::span<const CapacityOffer> offers_;
  std::span<const std::int64_t> nodes_;
  PodNeighbours neighbours_;
  NodeFilling filling_;
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
