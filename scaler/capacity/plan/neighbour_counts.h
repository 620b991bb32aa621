#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "scaler/capacity/capacity_offer.h"
#include "scaler/capacity/node_demand.h"
#include "scaler/capacity/pod_neighbours.h"

namespace loadcurve::capacity {

// For which groups a plan has to count nodes because of their neighbours; for the others the room
// of classes says as much.
class NeighbourCounts {
 public:
  NeighbourCounts(const NodeDemand& demand, const PodNeighbours& neighbours,
                  std::span<const CapacityOffer> offers, double level);

  // The nodes that have pods of it. Pods that keep apart from others and fill many nodes take as
  // many as the room of their class.
  bool HasHosts(std::size_t group) const { return has_hosts_[group]; }
  // The nodes that have pods which it must stand beside: unless there are more than enough of
  // these, on whatever nodes they are.
  bool HasSeats(std::size_t group) const { return has_seats_[group]; }
  // It has rows with others, and so a class of its own.
  bool IsOwn(std::size_t group) const { return is_own_[group]; }
  // Pods that it must stand beside on a node may be on nodes of the offer, or it needs none.
  bool MayCome(std::size_t group, std::size_t offer) const {
    return may_come_.empty() || may_come_[group][offer];
  }

 private:
  std::vector<std::vector<bool>> may_come_;  // [group][offer]; empty: all may
  std::vector<bool> has_hosts_;
  std::vector<bool> has_seats_;
  std::vector<bool> is_own_;
};

}  // namespace loadcurve::capacity
