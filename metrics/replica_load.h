#pragma once

#include <Eigen/Core>
#include <optional>
#include <string>
#include <vector>

#include "base/units.h"
#include "metrics/cost_model.h"
#include "metrics/replica_capacity.h"
#include "metrics/request_weights.h"
#include "metrics/weight_fit.h"

namespace loadcurve {

// The load one replica sustains, in MetricsQPS of some weights, with a 90 % interval.
struct ReplicaLoad {
  MetricsQps load;
  MetricsQps low;
  MetricsQps high;
  BindingResource binding = BindingResource::kCpu;
};

// CPU cost of one unit of load and CPU without any, estimated and resampled.
struct UnitCost {
  double cores = 0;
  double idle = 0;
  std::vector<double> resampled_cores;
  std::vector<double> resampled_idle;
};

// Of the reference request of a fit.
UnitCost FittedUnitCost(const WeightFit& fit);

// Of cores = idle + factor * load.
UnitCost LineUnitCost(const Eigen::VectorXd& load, const Eigen::VectorXd& cores,
                      const WeightFitOptions& options);

// Load of each window, in the unit of `weights`.
Eigen::VectorXd LoadOf(const CostWindows& windows, const RequestWeights& weights);

// (budget - idle) / cost of a unit. Absent, and why, where the CPU does not rise with the load or
// the idle CPU exceeds the budget already; all of one replica.
std::optional<ReplicaLoad> CpuLoad(const UnitCost& cost, CpuCores budget, std::string& why_absent);

// What `budget` slots of a replica sustain; the interval is what windows of different mixes would
// say. Absent where nothing was held.
std::optional<ReplicaLoad> SlotsLoad(const CostWindows& windows, const RequestWeights& weights,
                                     BusySlots budget);

}  // namespace loadcurve
