#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "scaler/capacity/capacity_offer.h"
#include "scaler/capacity/node_demand.h"
#include "scaler/capacity/plan/pod_packing.h"
#include "scaler/capacity/pod_neighbours.h"

namespace loadcurve::capacity {

// Which groups have pods in which zone while they are packed, and so who may come to a node.
class StandingPods {
 public:
  // All outlive it.
  StandingPods(const NodeDemand& demand, const PodNeighbours& neighbours,
               std::span<const CapacityOffer> offers);

  // Pods that came to a node, or with a negative count left it.
  void Add(std::size_t group, std::int64_t count, const PackedNode& node);

  // Nobody stands anywhere.
  void Clear();

  bool MayCome(std::size_t group, const PackedNode& node) const;
  // Nobody that the group needs stands anywhere, and its own like counts for it.
  bool IsFirstOf(std::size_t group) const;
  bool IsInZone(std::size_t group, const std::string& zone) const {
    return InZone(group, zone) > 0;
  }

  // What keeps pods of the group from all these nodes, which have room for one; absent where
  // nothing does.
  std::optional<std::string> WhyNotOn(std::size_t group,
                                      std::span<const PackedNode* const> nodes) const;

 private:
  std::int64_t InZone(std::size_t group, const std::string& zone) const;
  bool HasNeeded(std::size_t group, const PackedNode& node) const;
  // The groups on the node, or in its zone, that keep apart from it.
  std::vector<std::size_t> ApartFrom(std::size_t group, const PackedNode& node) const;
  std::string NamesOf(std::span<const std::size_t> groups, const char* last) const;

  const NodeDemand& demand_;
  const PodNeighbours& neighbours_;
  std::span<const CapacityOffer> offers_;
  std::map<std::string, std::vector<std::int64_t>> of_zone_;  // [group]
  std::vector<std::int64_t> count_;                           // [group]
};

// Of a group on one node.
std::int64_t CountOn(std::size_t group, const PackedNode& node);

}  // namespace loadcurve::capacity
