#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/units.h"
#include "metrics/cost_model.h"
#include "metrics/request_weights.h"

namespace loadcurve {

// How well a load explains CPU that it was not fitted to.
struct OutOfSampleFit {
  double r2 = 0;           // 1 - squared error / squared deviation from the mean; may be < 0
  double r2_error = 0;     // standard error, by block bootstrap
  double correlation = 0;  // of predicted and measured CPU
  double correlation_error = 0;
};

// The loads that compete to explain the CPU, each as cores = idle + factor * load.
struct OutOfSampleFits {
  OutOfSampleFit count;
  OutOfSampleFit occupancy;
  OutOfSampleFit cudgx;
  OutOfSampleFit fitted;
  // How much less wrong `fitted` is than `occupancy` in the mean window, in standard errors of
  // that mean; windows gone wrong count little, and neighbours err together.
  double saving_in_errors = 0;
  double saving_over_constant_in_errors = 0;  // the same against CPU that never changes
};

// CPU seconds regressed on requests: curves per route and pooled, and how far to trust them.
struct WeightFit {
  std::vector<WeightCurve> curves;  // CPU seconds by duration, with 90 % intervals; in name
                                    // order, kAnyRoute for routes not seen here
  CpuCores idle;                    // CPU used without requests
  CpuSeconds cpu_per_request;       // mean over the ordinary requests: the reference request
  CostShape shape = CostShape::kPooledCurve;
  double lambda = 0;            // strength of the pull towards occupancy
  double condition_number = 0;  // of the scaled features: large means routes or durations
                                // that always rise and fall together
  // The fit repeated on resampled blocks of windows: CPU seconds of the reference request and
  // idle cores of each; the source of intervals for all that is derived.
  std::vector<double> resampled_cpu_per_request;
  std::vector<double> resampled_idle;
};

struct WeightFitOptions {
  int folds = 5;  // contiguous blocks of windows, each judged by a fit on the others
  int resamples = 200;
  std::uint64_t seed = 1;
};

// The fewest windows a fit is tried on.
inline constexpr Eigen::Index kFewestWindows = 20;

// Fits the cost of requests: non-negative, never falling with duration, pulled towards
// occupancy (each held second costs the same), robust to single outlying windows (Huber).
// Shape and strength of the pull are chosen by blocked cross-validation.
//
// Fewer than kFewestWindows windows, or CPU or load that never changes, is
// kInsufficientData with the reason.
[[nodiscard]] Result<WeightFit> FitWeights(const CostWindows& windows,
                                           const WeightFitOptions& options = {});

// The weights of a fit, relative to its reference request. kInsufficientData where that costs
// nothing; else as RequestWeights::Fitted.
[[nodiscard]] Result<RequestWeights> FittedWeights(const WeightFit& fit);

// Judges the loads on blocks of windows that they were not fitted to, all on the same blocks;
// for `fitted` shape and strength are chosen anew within each training part, so that the
// choice is judged too. `windows` are those that FitWeights took.
OutOfSampleFits JudgeOutOfSample(const CostWindows& windows, const WeightFitOptions& options = {});

// The CPU of the rows `unseen`, in cores, by a fit to the rows `training` alone: its shape and the
// strength of its pull are chosen there too, on `folds` blocks. kFewestWindows rows or more.
Eigen::VectorXd PredictUnseen(const CostWindows& windows, const std::vector<Eigen::Index>& training,
                              const std::vector<Eigen::Index>& unseen, int folds);

// Mean error in sample, in cores, of a quick fit with a line a route, without the tenth of the
// windows that err most: to compare ways to lay CPU over requests. At least one window.
double RoughError(const CostWindows& windows);

// cores = idle + factor * load, both >= 0, robust to outliers.
struct LineFit {
  double idle = 0;
  double factor = 0;

  bool operator==(const LineFit&) const = default;
};
LineFit FitLine(const Eigen::VectorXd& load, const Eigen::VectorXd& cores);

}  // namespace loadcurve
