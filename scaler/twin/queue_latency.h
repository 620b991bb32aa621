#pragma once

#include <span>
#include <vector>

#include "base/units.h"
#include "scaler/twin/measures.h"

namespace loadcurve::twin {

// How a replica answers.
struct Service {
  Duration mean_time = std::chrono::milliseconds(100);  // of a request that has a replica to itself
  // The share of its whole speed at which a replica carries the load it is planned for.
  Ratio planned_utilization{0.7};
};

struct LatencyQuantiles {
  double p50_ms = 0;
  double p95_ms = 0;
  double p99_ms = 0;
};

// The time requests take, computed from the load of each step and not assumed.
//
// Each ready replica is a queue of its own (M/M/1, in the order of arrival) at
// rho = planned_utilization * demand / ready: a step's times are exponential with mean
// mean_time / (1 - rho), which is the mean of processor sharing too. At
// rho >= kFullest what exceeds it waits: a backlog in replica-seconds that grows by
// (rho - kFullest) ready step, is worked off at what is left later, and which a request waits for
// as long as the ready replicas need for it. The quantiles are of all requests of all steps,
// each step weighing as its load.
LatencyQuantiles LatencyOf(const Judged& judged, std::span<const StepRecord> records,
                           const Service& service);

inline constexpr double kFullest = 0.98;

}  // namespace loadcurve::twin
