#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <span>
#include <vector>

#include "base/result.h"
#include "forecaster/load_forecast.h"
#include "forecaster/rolling_backtest.h"
#include "metrics/load_series.h"

namespace loadcurve {

// The shape that several workloads have in common: how their loads stand at each place of a season,
// relative to their mean. A place is a step of the season since 1970, so series are taken to run by
// the same clock (in a wide file: by the same columns).
class SiblingShape {
 public:
  // Of all series but `left_out` that have a season of `season` steps on record twice: the mean of
  // the logs of their profiles, each smoothed over its neighbours and kept from running to nothing.
  // Absent where fewer than two have one.
  static std::optional<SiblingShape> Of(std::span<const LoadSeries> series, std::size_t left_out,
                                        std::size_t season);

  std::size_t sibling_count() const { return siblings_; }
  std::size_t season() const { return logs_.size(); }

  // The log of the load at a time, relative to its mean.
  double LogAt(TimePoint time, Duration step) const;

  // How strongly a series follows it: 1 as its siblings do, 0 not at all. The slope of its log load
  // on the shape, drawn towards 1 as if half a season had already shown that.
  double StrengthIn(const LoadSeries& series) const;

 private:
  std::vector<double> logs_;  // by place of the season; their mean is 0
  std::size_t siblings_ = 0;
};

// As ForecastLoads, but a series that is too young to show a season of its siblings (two whole ones
// must be on record, and one day at least) borrows their shape: its load without the shape is
// forecast, and the shape laid over it, with the strength that its own past shows. `why` says so.
// It is left where at moments of the young past the loss was larger by a quarter with the shape
// than without: so it does not fit.
std::vector<Result<ForecastReport>> ForecastSiblings(std::span<const LoadSeries> series,
                                                     const ForecastOptions& options,
                                                     const std::function<void()>& on_done);

// As BacktestLoads, but forecasts are those of ForecastSiblings: at each origin a series that was
// too young then borrows the shape of the others as far as it was known then. The forecaster of the
// options is not looked at.
std::vector<Result<SeriesRecord>> BacktestSiblings(std::span<const LoadSeries> series,
                                                   const RollingOptions& options,
                                                   const std::function<void()>& on_origin);

}  // namespace loadcurve
