#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "scaler/capacity/capacity_offer.h"
#include "scaler/capacity/node_demand.h"
#include "scaler/capacity/pod_neighbours.h"

namespace loadcurve::capacity {

// The zones that each group keeps to, [group]; absent: any, and empty: none is left.
using ZoneChoice = std::vector<std::optional<std::vector<std::string>>>;

// Ways to share zones among groups that care who is in theirs, at most kZoneChoices, by what their
// pods would cost where a pod is cheapest: those that keep apart have no zone in common, and those
// that must stand beside others are where those are. A group that is spread over zones takes all of
// its own. At least one; where nobody cares about zones, that.
std::vector<ZoneChoice> ZoneChoicesFor(const NodeDemand& demand, const PodNeighbours& neighbours,
                                       std::span<const CapacityOffer> offers, double probability);

inline constexpr std::size_t kZoneChoices = 2;

// The same demand, in the zones of a choice.
NodeDemand WithZones(const NodeDemand& demand, const ZoneChoice& choice);

}  // namespace loadcurve::capacity
