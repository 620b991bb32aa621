#include "metrics/load_series.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "base/time_text.h"

namespace loadcurve {

LoadSeries::LoadSeries(TimePoint start, Duration step, std::vector<double> values,
                       std::string weights_version)
    : start_(start),
      step_(step),
      values_(std::move(values)),
      weights_version_(std::move(weights_version)) {}

Result<LoadSeries> LoadSeries::Make(TimePoint start, Duration step, std::vector<double> values,
                                    std::string weights_version) {
  if (step <= Duration(0))
    return Fail(ErrorCode::kInvalidArgument, "the step of a series must be positive");
  if (values.empty()) return Fail(ErrorCode::kInvalidArgument, "a series needs at least one value");
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (std::isinf(values[i]))
      return Fail(ErrorCode::kInvalidArgument,
                  "the value at " + ToRfc3339(start + step * static_cast<std::int64_t>(i)) +
                      " is infinite; expected a number, or nothing where it is missing");
  }
  return LoadSeries(start, step, std::move(values), std::move(weights_version));
}

std::size_t LoadSeries::MissingCount() const {
  return static_cast<std::size_t>(std::count_if(values_.begin(), values_.end(),
                                                [](double value) { return std::isnan(value); }));
}

}  // namespace loadcurve
