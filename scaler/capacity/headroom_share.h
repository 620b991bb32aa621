#pragma once

#include <optional>
#include <span>
#include <vector>

#include "base/units.h"
#include "scaler/capacity/capacity_offer.h"

namespace loadcurve::capacity {

// What a replica costs an hour on the cheapest node that it fits on, as its share of the node: the
// largest of its shares of CPU, memory and pods. Absent where it fits on none.
std::optional<UsdPerHour> ReplicaHourOn(std::span<const CapacityOffer> pools,
                                        const NodeResources& replica);

// Nodes kept ready for one workload.
struct HeadroomAsk {
  Replicas replicas;
  std::optional<UsdPerHour> replica_hour{};  // absent: unknown, and no money is counted
};

// What all of them together may be; absent: anything.
struct HeadroomLimits {
  std::optional<Replicas> replicas{};  // of any one workload
  std::optional<UsdPerHour> cost{};    // of all workloads whose price is known

  bool operator==(const HeadroomLimits&) const = default;
};

// As many of each as the limits allow. Where money is short, each gets the same share of what it
// asks for, and no part of a replica.
std::vector<Replicas> WithinLimits(std::span<const HeadroomAsk> asks, const HeadroomLimits& limits);

// Of those whose price is known.
UsdPerHour CostOf(std::span<const HeadroomAsk> asks);

}  // namespace loadcurve::capacity
