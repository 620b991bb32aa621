#pragma once

#include <cstddef>
#include <vector>

#include "base/result.h"
#include "forecaster/forecast_model.h"
#include "metrics/load_series.h"

namespace loadcurve {

// What a model foretold from one moment inside the series, and what then came.
struct RollingOrigin {
  std::size_t first = 0;          // index of the first step foretold
  std::vector<double> predicted;  // one per step
  std::vector<double> actual;     // as many; NaN where missing
};

// From which moments a model is tried. It is fitted anew at the first origin of each
// fold, on what was known there, and only observes from there to the later ones.
struct BacktestPlan {
  std::size_t horizon = 1;
  std::vector<std::vector<std::size_t>> folds;  // origins: rising, each in (0, size)
};

// Origins spread evenly over the later half of a series, with at least `least_history`
// steps before the first; the whole horizon is known after each, or as much of it as a
// short series allows. The step right after an origin is always a measured one. Few
// origins, all fitted anew, for a short series; more, in a few folds, for a long one. No
// folds where nothing fits.
BacktestPlan PlanBacktest(const LoadSeries& series, std::size_t least_history, std::size_t horizon);

// kInsufficientData where the model cannot be fitted at some origin.
[[nodiscard]] Result<std::vector<RollingOrigin>> Backtest(const ForecastModel& model,
                                                          const LoadSeries& series,
                                                          const BacktestPlan& plan);

}  // namespace loadcurve
