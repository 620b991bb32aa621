#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <vector>

#include "base/units.h"

namespace loadcurve::twin {

// What happened in one step.
struct StepRecord {
  Replicas ready;                      // the fewest at any time of the step
  Replicas total;                      // asked for at its end
  double paid_replica_seconds = 0;     // from the order of a replica to its end
  double waiting_replica_seconds = 0;  // of these, without a node
};

// How one policy did at one setting. Shares are in [0, 1]; SPEC measures as their authors give
// them, in percent (Herbst et al., SPEC-RG-2016-01), with a step as the unit of time.
struct Measures {
  double violation_minutes_ratio = 0;   // steps with demand > ready, of the measured ones
  double violation_requests_ratio = 0;  // load beyond what is ready, of all load
  double replica_hours = 0;             // of ready replicas
  double paid_replica_hours = 0;        // with those that start
  double waiting_replica_hours = 0;     // of these, without a node
  double changes_per_day = 0;           // steps at whose end another count is asked for
  double theta_u = 0;                   // mean of max(demand - ready, 0) / demand
  double theta_o = 0;                   // mean of max(ready - demand, 0) / demand
  double tau_u = 0;                     // share of steps short of capacity
  double tau_o = 0;                     // share of steps with more than is needed
  double instability = 0;               // share of steps in which supply and demand part
  // Against a constant count of the mean demand; absent where this policy has a measure of 0.
  std::optional<double> elastic_speedup;
};

// What the measures are taken over.
struct Judged {
  std::span<const double> demand;  // in replicas, NaN where it was not measured
  std::size_t first = 0;           // steps before are a warm-up
  Duration step{0};
};

// `records` as many as `demand`, more than `first`. Demand is in whole replicas where it is
// compared with supply: 4.2 replicas of load need 5 (SPEC measures), and more than 5 violate only
// above 5.0.
Measures Measure(const Judged& judged, std::span<const StepRecord> records);

// Of the steps whose demand is known, those that are not NaN; 0 where none is.
double MeanDemand(std::span<const double> demand);

}  // namespace loadcurve::twin
