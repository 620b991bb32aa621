#include "metrics/resample.h"

#include <cmath>
#include <limits>
#include <utility>

#include "base/time_text.h"

namespace loadcurve {
namespace {

double Combine(std::span<const double> values, Aggregate aggregate) {
  double sum = 0;
  double measured = 0;
  for (const double value : values) {
    if (std::isnan(value)) continue;
    sum += value;
    ++measured;
  }
  const auto size = static_cast<double>(values.size());
  if (2 * measured < size) return std::numeric_limits<double>::quiet_NaN();
  return aggregate == Aggregate::kMean ? sum / measured : sum / measured * size;
}

}  // namespace

Result<LoadSeries> Resample(const LoadSeries& series, Duration step, Aggregate aggregate) {
  if (step < series.step() || step % series.step() != Duration(0))
    return Fail(ErrorCode::kInvalidArgument, "a step of " + ToString(step) +
                                                 " is not a whole multiple of the series' " +
                                                 ToString(series.step()));
  const auto width = static_cast<std::size_t>(step / series.step());
  const auto since_window = series.start().time_since_epoch() % step;
  const auto into_window = since_window < Duration(0) ? since_window + step : since_window;
  if (into_window % series.step() != Duration(0))
    return Fail(ErrorCode::kInvalidArgument,
                "the series starts at " + ToRfc3339(series.start()) +
                    ", which is not a whole number of its steps into a window of " +
                    ToString(step));
  const auto passed = static_cast<std::size_t>(into_window / series.step());
  const std::size_t first = passed == 0 ? 0 : width - passed;
  std::vector<double> windows;
  for (std::size_t i = first; i + width <= series.size(); i += width)
    windows.push_back(Combine(series.values().subspan(i, width), aggregate));
  if (windows.empty())
    return Fail(ErrorCode::kInvalidArgument,
                "the series does not fill a single window of " + ToString(step));
  return LoadSeries::Make(series.TimeAt(first), step, std::move(windows), series.weights_version());
}

}  // namespace loadcurve
