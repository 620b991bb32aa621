#pragma once

#include "base/result.h"
#include "metrics/load_series.h"

namespace loadcurve {

enum class Aggregate {
  kSum,   // for counts: requests per minute -> requests per hour
  kMean,  // for levels and rates: load, concurrency, requests per second
};

// The same load at a longer step. Windows start at whole multiples of `step` since 1970; a
// first or last window that the series does not fill is left out. A window with less than
// half of its values is missing; with more, the missing ones are taken to be like the
// others of the window, so that a gap does not look idle.
//
// kInvalidArgument: `step` is not a whole multiple of the series' own step, the series does
// not start at a multiple of its step within the window, or no window is filled.
[[nodiscard]] Result<LoadSeries> Resample(const LoadSeries& series, Duration step,
                                          Aggregate aggregate);

}  // namespace loadcurve
