#pragma once

#include <chrono>
#include <utility>

#include "metrics/request_weights.h"
#include "scaler/scaling_profile.h"

namespace loadcurve {

// Requests that count by the time they take, one of 100 ms as one.
inline RequestWeights OccupancyOf100Ms() {
  return RequestWeights::Occupancy(std::chrono::milliseconds(100)).value();
}

// Of a workload "checkout", a replica of which carries 10, planned at 0.7 of that unless a test
// says otherwise; all else as it is where nobody says anything.
inline ScalingProfileFields CheckoutFields(RequestWeights weights = OccupancyOf100Ms()) {
  ScalingProfileFields fields{.load = {.weights = std::move(weights)}};
  fields.metadata.name = "checkout";
  ReplicaCapacity capacity;
  capacity.load = capacity.low = capacity.high = MetricsQps(10);
  capacity.weights_version = fields.load.Scale();
  fields.load.per_replica = capacity;
  return fields;
}

}  // namespace loadcurve
