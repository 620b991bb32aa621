#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "scaler/capacity/capacity_offer.h"
#include "scaler/capacity/node_demand.h"
#include "scaler/capacity/pod_neighbours.h"

namespace loadcurve::capacity {

// How many pods of each group go to each pool, [group][offer], so that as much as possible has a
// place: pods that ask for much memory where there is much of it, pods beside those that they must
// stand with, and so on. As a linear program, for which nodes of a pool are one; so the numbers are
// no whole ones, and a little that fits together here does not on single nodes.
std::vector<std::vector<double>> SharePods(const NodeDemand& demand,
                                           const PodNeighbours& neighbours, double probability,
                                           std::span<const CapacityOffer> offers,
                                           std::span<const std::int64_t> nodes);

}  // namespace loadcurve::capacity
