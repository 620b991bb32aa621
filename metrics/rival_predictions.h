#pragma once

#include <Eigen/Core>
#include <optional>

#include "base/units.h"
#include "metrics/cost_model.h"

namespace loadcurve {

// That a replica with `load` uses `budget`.
struct CpuPromise {
  CpuCores budget;
  MetricsQps load;
};

// What rivals say of the newest three fifths of some windows, in cores, and what was measured. Each
// of three blocks is predicted by what was known before it.
struct RivalPredictions {
  Eigen::VectorXd measured;
  Eigen::VectorXd constant;   // the median of before
  Eigen::VectorXd line;       // of CPU by the load in the weights in force
  Eigen::VectorXd candidate;  // weights fitted
  // The line through a promised point; only the CPU without load is found.
  std::optional<Eigen::VectorXd> promised{};
};

// `load` of each window is in the weights in force. At least 60 windows, in order of time; `folds`
// are those of PredictUnseen.
RivalPredictions PredictRivals(const CostWindows& windows, const Eigen::VectorXd& load,
                               const std::optional<CpuPromise>& promise, int folds);

// Mean size without the tenth that is largest. Not empty.
double TypicalSize(const Eigen::VectorXd& residuals);

// How much the mix of requests varies: the mean total-variation distance of the windows' shares of
// held time, by route and duration, from the mean shares; in [0, 1].
double MixVariation(const CostWindows& windows);

}  // namespace loadcurve
