#pragma once

#include "base/result.h"
#include "base/units.h"

namespace loadcurve {

// The fewest replicas that carry `load` with each kept at or below `target_utilization` of
// what it can sustain:
//
//   replicas = ceil( load / (per_replica * target_utilization) )
//
// A quotient within a billionth above a whole number is that number: 105 / (50 * 0.7) are
// 3 replicas, although in binary it is a hair more. `load` >= 0, `per_replica` > 0, both
// finite, `target_utilization` in (0, 1]; anything else, NaN included, is
// kInvalidArgument. More than a million replicas are given as a million.
[[nodiscard]] Result<Replicas> ReplicasFor(MetricsQps load, MetricsQps per_replica,
                                           Ratio target_utilization);

// The same for requests held at once.
[[nodiscard]] Result<Replicas> ReplicasFor(BusySlots load, BusySlots per_replica,
                                           Ratio target_utilization);

}  // namespace loadcurve
