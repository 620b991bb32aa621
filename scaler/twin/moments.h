#pragma once

#include <span>
#include <vector>

#include "scaler/twin/cluster.h"
#include "scaler/twin/measures.h"
#include "scaler/twin/queue_latency.h"

namespace loadcurve::twin {

// What happened within the steps.
struct MomentMeasures {
  double violation_ratio = 0;  // moments whose rate exceeded what was ready, of the measured ones
  LatencyQuantiles latency;
};

// The load of each moment of the judged steps, as many a step.
struct MomentRates {
  std::span<const double> rates;  // by the mean of the step
  std::size_t per_step = 1;
  Duration moment{0};
  TimePoint start;  // of the series
};

// Follows the requests of a run through its moments. Each ready replica is a queue of its own that
// gets an even share of what arrives (ReplicaQueue); a replica that is new is empty; one that
// goes, the latest first, takes no new requests and ends what it has. A request that finds n others
// takes n + 1 service times, so its time has mean m + 1 and variance m + 1 + v in mean service
// times, and is taken as gamma distributed, which is exact where the queue is steady.
MomentMeasures MeasureMoments(const Judged& judged, const MomentRates& rates,
                              std::span<const ReadyChange> path, const Service& service);

}  // namespace loadcurve::twin
