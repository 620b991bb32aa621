#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "scaler/capacity/capacity_offer.h"
#include "scaler/capacity/node_demand.h"
#include "scaler/capacity/plan/pod_packing.h"
#include "scaler/capacity/plan/standing_pods.h"
#include "scaler/capacity/pod_neighbours.h"

namespace loadcurve::capacity {

// Of a pod.
inline constexpr double kRoundOffOfPods = 1e-9;

// Pods of one group under way.
struct PlacingPods {
  std::size_t group = 0;
  double need = 0;                              // pods of speed 1 that are still without a place
  std::map<std::string, std::int64_t> of_zone;  // zones that have nodes for it
};

// Nodes that pods are put onto, and the rules of who may come where: what a node has room for,
// what a zone may have, and who stands beside whom.
class NodeFilling {
 public:
  // nodes[i] nodes of offers[i], all empty. All but the nodes outlive it.
  NodeFilling(const NodeDemand& demand, const PodNeighbours& neighbours,
              std::span<const CapacityOffer> offers, std::span<const std::int64_t> nodes);

  // All nodes are empty again.
  void Clear();
  // From a packing on, and the nodes that it lacks. Nobody is unplaced.
  void GoOnFrom(PodPacking packing);
  PodPacking Take() { return std::move(packing_); }

  // Reserved ones first, spot last.
  std::span<PackedNode> nodes() { return packing_.nodes; }
  std::span<const PackedNode> nodes() const { return packing_.nodes; }
  std::int64_t CountOf(std::size_t offer) const { return nodes_[offer]; }

  // Whether any node of the offer is for the group, full or not.
  bool MayStand(std::size_t group, std::size_t offer) const { return may_stand_[group][offer]; }
  // Nobody that the group needs stands anywhere, and its own like counts for it.
  bool IsFirstOf(std::size_t group) const { return standing_.IsFirstOf(group); }
  bool IsInZone(std::size_t group, const std::string& zone) const {
    return standing_.IsInZone(group, zone);
  }
  // How many more a node takes, beside those that stand there; and whoever stands there.
  std::int64_t RoomFor(std::size_t group, const PackedNode& node) const;
  std::int64_t RoomBySize(std::size_t group, const PackedNode& node) const;

  PlacingPods Begin(std::size_t group, double need) const;
  // At most so many, as far as there is room and need; gives how many.
  std::int64_t PutUpTo(std::int64_t most, PlacingPods& placing, PackedNode& node);
  // What has no place yet, wherever there is room; notes what finds none, and why.
  void Place(PlacingPods& placing);
  // Of the zones that have nodes for the group the one with fewest; at least one has.
  static std::map<std::string, std::int64_t>::const_iterator FewestOf(const PlacingPods& placing);

 private:
  void Fill(PlacingPods& placing, std::int64_t most_in_zone);
  void FillLevelly(PlacingPods& placing, std::int64_t skew);
  std::int64_t LeastRoomOfAZone(const PlacingPods& placing) const;
  void TakeBackBeyond(std::int64_t most_in_zone, PlacingPods& placing);
  std::int64_t RoomInZone(const PlacingPods& placing, const std::string& zone) const;
  void Put(std::size_t group, std::int64_t count, PackedNode& node);
  void NoteUnplaced(const PlacingPods& placing);
  std::optional<std::string> WhyAmongNeighbours(std::size_t group) const;
  std::string WhyNowhere(std::size_t group) const;

  const NodeDemand& demand_;
  const PodNeighbours& neighbours_;
  std::span<const CapacityOffer> offers_;
  std::span<const std::int64_t> nodes_;
  StandingPods standing_;
  std::vector<std::vector<bool>> may_stand_;  // [group][offer]
  PodPacking packing_;
};

}  // namespace loadcurve::capacity
