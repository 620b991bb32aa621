#include "scaler/capacity/plan/node_filling.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <set>
#include <utility>

#include "scaler/capacity/resource_amounts.h"

namespace loadcurve::capacity {
namespace {

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

}  // namespace

NodeFilling::NodeFilling(const NodeDemand& demand, const PodNeighbours& neighbours,
                         std::span<const CapacityOffer> offers, std::span<const std::int64_t> nodes)
    : demand_(demand),
      neighbours_(neighbours),
      offers_(offers),
      nodes_(nodes),
      standing_(demand, neighbours, offers) {
  for (std::size_t g = 0; g < demand.groups().size(); ++g) {
    std::vector<bool>& may = may_stand_.emplace_back();
    for (const CapacityOffer& offer : offers)
      may.push_back(!WhyNotOn(demand.groups()[g].pods, offer));
  }
  Clear();
}

void NodeFilling::Clear() {
  packing_ = {.nodes = EmptyNodes(offers_, nodes_), .unplaced = {}};
  standing_.Clear();
}

void NodeFilling::GoOnFrom(PodPacking packing) {
  standing_.Clear();
  packing_ = std::move(packing);
  packing_.unplaced.clear();
  std::vector<std::int64_t> added(nodes_.begin(), nodes_.end());
  for (const PackedNode& node : packing_.nodes) {
    for (const PackedPods& pods : node.pods) standing_.Add(pods.group, pods.count, node);
    --added[node.offer];
  }
  for (PackedNode& node : EmptyNodes(offers_, added)) packing_.nodes.push_back(std::move(node));
}

PlacingPods NodeFilling::Begin(std::size_t group, double need) const {
  PlacingPods placing{group, need, {}};
  for (std::size_t i = 0; i < offers_.size(); ++i)
    if (may_stand_[group][i] && nodes_[i] > 0) placing.of_zone[offers_[i].zone] = 0;
  return placing;
}

std::int64_t NodeFilling::PutUpTo(std::int64_t most, PlacingPods& placing, PackedNode& node) {
  if (most <= 0 || placing.need <= kRoundOffOfPods) return 0;
  const CapacityOffer& offer = offers_[node.offer];
  const auto needed =
      static_cast<std::int64_t>(std::ceil(placing.need / offer.speed - kRoundOffOfPods));
  const std::int64_t count =
      std::min({most, needed, RoomFor(placing.group, node), RoomInZone(placing, offer.zone)});
  if (count <= 0) return 0;
  Put(placing.group, count, node);
  placing.of_zone[offer.zone] += count;
  placing.need -= static_cast<double>(count) * offer.speed;
  return count;
}

void NodeFilling::Place(PlacingPods& placing) {
  const std::int64_t skew = demand_.groups()[placing.group].pods.fields().spread.zone_skew;
  if (skew == 0 || placing.of_zone.empty()) {
    Fill(placing, std::numeric_limits<std::int64_t>::max());
  } else {
    FillLevelly(placing, skew);
  }
  if (placing.need > kRoundOffOfPods) NoteUnplaced(placing);
}

// Zone by zone no more than the skew beyond the one that has fewest. The zone with the least room
// decides how far the others may go.
void NodeFilling::FillLevelly(PlacingPods& placing, std::int64_t skew) {
  TakeBackBeyond(LeastRoomOfAZone(placing) + skew, placing);
  for (double before = placing.need + 1; placing.need > kRoundOffOfPods && placing.need < before;) {
    before = placing.need;
    Fill(placing, FewestOf(placing)->second + skew);
  }
  TakeBackBeyond(FewestOf(placing)->second + skew, placing);
}

// What a zone holds of the group when it is full, in the zone where that is least.
std::int64_t NodeFilling::LeastRoomOfAZone(const PlacingPods& placing) const {
  std::map<std::string, std::int64_t> room_of = placing.of_zone;
  for (const PackedNode& node : packing_.nodes)
    if (may_stand_[placing.group][node.offer])
      room_of[offers_[node.offer].zone] += RoomFor(placing.group, node);
  return std::ranges::min_element(room_of, {}, [](const auto& zone) { return zone.second; })
      ->second;
}

std::map<std::string, std::int64_t>::const_iterator NodeFilling::FewestOf(
    const PlacingPods& placing) {
  return std::ranges::min_element(placing.of_zone, {},
                                  [](const auto& zone) { return zone.second; });
}

// Pods of zones that have more than that are without a place again.
void NodeFilling::TakeBackBeyond(std::int64_t most_in_zone, PlacingPods& placing) {
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
void NodeFilling::Fill(PlacingPods& placing, std::int64_t most_in_zone) {
  for (PackedNode& node : packing_.nodes)
    if (may_stand_[placing.group][node.offer])
      PutUpTo(most_in_zone - placing.of_zone[offers_[node.offer].zone], placing, node);
}

std::int64_t NodeFilling::RoomFor(std::size_t group, const PackedNode& node) const {
  if (!neighbours_.is_empty() && !standing_.MayCome(group, node)) return 0;
  return RoomBySize(group, node);
}

std::int64_t NodeFilling::RoomBySize(std::size_t group, const PackedNode& node) const {
  const PodGroup& pods = demand_.groups()[group].pods;
  const ResourceAmounts request = AmountsOf(pods.request());
  double room = std::numeric_limits<std::int32_t>::max();
  for (std::size_t r = 0; r < request.size(); ++r)
    if (request[r] > 0)
      room = std::min(room, std::floor(node.left[r] / request[r] + kRoundOffOfPods));
  auto count = static_cast<std::int64_t>(room);
  if (const std::int64_t most = pods.fields().spread.most_on_node; most > 0)
    count = std::min(count, most - CountOn(group, node));
  return count;
}

// Of the most that a zone may have.
std::int64_t NodeFilling::RoomInZone(const PlacingPods& placing, const std::string& zone) const {
  const std::int64_t most = demand_.groups()[placing.group].pods.fields().spread.most_in_zone;
  if (most == 0) return std::numeric_limits<std::int64_t>::max();
  const auto in_zone = placing.of_zone.find(zone);
  return most - (in_zone == placing.of_zone.end() ? 0 : in_zone->second);
}

void NodeFilling::Put(std::size_t group, std::int64_t count, PackedNode& node) {
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

void NodeFilling::NoteUnplaced(const PlacingPods& placing) {
  UnplacedPods pods{placing.group,
                    static_cast<std::int64_t>(std::ceil(placing.need - kRoundOffOfPods)), "", ""};
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

std::optional<std::string> NodeFilling::WhyAmongNeighbours(std::size_t group) const {
  if (neighbours_.is_empty()) return std::nullopt;
  std::vector<const PackedNode*> roomy;
  for (const PackedNode& node : packing_.nodes)
    if (may_stand_[group][node.offer] && RoomBySize(group, node) > 0) roomy.push_back(&node);
  return standing_.WhyNotOn(group, roomy);
}

std::string NodeFilling::WhyNowhere(std::size_t group) const {
  if (std::ranges::find(may_stand_[group], true) != may_stand_[group].end())
    return "the plan has no node in the pools that it may stand on";
  std::set<std::string> reasons;
  for (const CapacityOffer& offer : offers_)
    if (auto why = WhyNotOn(demand_.groups()[group].pods, offer)) reasons.insert(*std::move(why));
  std::string words;
  for (const std::string& reason : reasons) words += (words.empty() ? "" : "; ") + reason;
  return words.empty() ? "there are no pools" : words;
}

}  // namespace loadcurve::capacity
