#pragma once

#include <cstddef>
#include <vector>

#include "scaler/capacity/node_demand.h"

namespace loadcurve::capacity {

// Which groups of a demand keep apart, and which must stand beside others, on a node or in a zone,
// as Kubernetes' scheduler reads required podAffinity and podAntiAffinity:
//
// - Where one of two groups keeps apart from the other, neither comes where the other stands.
// - A pod counts for an affinity where it meets all of its terms, not one by one.
// - Where none that counts stands anywhere, one that counts for itself may be the first.
//
// Terms that mean no group of the demand ask for nothing. What keeps pods of one group apart is
// their spread, see PodGroup::Make.
class PodNeighbours {
 public:
  explicit PodNeighbours(const NodeDemand& demand);

  // Nobody cares who stands beside it.
  bool is_empty() const { return is_empty_; }
  // Some care only where there is a choice of zones.
  bool HasZones() const;
  // Whether the group cares, or is cared about.
  bool HasAny(std::size_t group) const { return has_any_[group]; }
  bool HasOnNode(std::size_t group) const { return has_on_node_[group]; }
  bool HasZones(std::size_t group) const { return has_zones_[group]; }

  // Symmetric. Who keeps apart in a zone does so on its nodes.
  bool AreApartOnNode(std::size_t a, std::size_t b) const { return apart_on_node_[a][b]; }
  bool AreApartInZone(std::size_t a, std::size_t b) const { return apart_in_zone_[a][b]; }

  // Groups of which one must stand where the group comes, itself among them where it counts; empty:
  // it needs none.
  const std::vector<std::size_t>& NeededBy(std::size_t group) const { return needed_by_[group]; }
  bool IsNeededBy(std::size_t group, std::size_t needed) const;
  // By another one.
  bool IsNeeded(std::size_t group) const;
  bool NeedsOnNode(std::size_t group) const { return needs_on_node_[group]; }
  bool NeedsInZone(std::size_t group) const { return needs_in_zone_[group]; }

  // Groups that must stand on nodes with the group, or with one of these.
  std::vector<std::size_t> FollowersOf(std::size_t group) const;
  // The same groups, behind each those that need it and no other that comes later.
  std::vector<std::size_t> WithFollowers(const std::vector<std::size_t>& order) const;

  // How many groups stand before it in the longest row of needs, those that need each other
  // counted as all groups.
  std::size_t DepthOf(std::size_t group) const { return depth_[group]; }

 private:
  using Pairs = std::vector<std::vector<bool>>;  // [group][group]

  void FindApart(const NodeDemand& demand);
  void FindNeeded(const NodeDemand& demand);
  void SortByNeed();

  bool is_empty_ = true;
  Pairs apart_on_node_;
  Pairs apart_in_zone_;
  std::vector<std::vector<std::size_t>> needed_by_;
  std::vector<bool> needs_on_node_;
  std::vector<bool> needs_in_zone_;
  std::vector<bool> has_any_;
  std::vector<bool> has_on_node_;
  std::vector<bool> has_zones_;
  std::vector<std::size_t> depth_;
};

}  // namespace loadcurve::capacity
