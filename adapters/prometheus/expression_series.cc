#include "adapters/prometheus/expression_series.h"

#include <fmt/format.h>

#include <cmath>
#include <cstdint>
#include <limits>
#include <utility>

#include "base/time_text.h"

namespace loadcurve::prometheus {
namespace {

constexpr double kMissing = std::numeric_limits<double>::quiet_NaN();

// Without the time: what is the same from step to step is told once.
Error FaultOf(std::string_view expression, double value) {
  return {ErrorCode::kInvalidArgument,
          fmt::format("the expression {} is {}; expected a finite number >= 0", expression, value)};
}

}  // namespace

Result<ExpressionValues> ValuesOf(const QueryClient& client, std::string_view expression,
                                  Duration step, TimePoint since, TimePoint until) {
  LC_TRY(const WholeWindows windows, WholeWindowsIn(since, until, step));
  LC_TRY(const QueryAnswer answer,
         client.Over(expression, {windows.StartOf(1), windows.StartOf(windows.count), step}));
  if (answer.series.empty())
    return Fail(ErrorCode::kNotFound, fmt::format("the expression {} yields nothing within {}",
                                                  expression, ToString(until - since)));
  if (answer.series.size() > 1)
    return Fail(ErrorCode::kInvalidArgument, "the expression " + std::string(expression) +
                                                 " yields " + std::to_string(answer.series.size()) +
                                                 " series; expected one: sum(...)");
  ExpressionValues read{
      .windows = windows,
      .values = std::vector<double>(static_cast<std::size_t>(windows.count), kMissing),
      .is_whole = answer.warnings.empty()};
  for (const FloatPoint& point : answer.series[0].points) {
    const std::int64_t window = (point.time - windows.start) / step - 1;
    if (window < 0 || window >= windows.count) continue;
    if (std::isfinite(point.value) && point.value >= 0) {
      read.values[static_cast<std::size_t>(window)] = point.value;
    } else {
      read.fault = FaultOf(expression, point.value);
    }
  }
  return read;
}

Result<LoadSeries> SeriesOf(const QueryClient& client, std::string_view expression,
                            std::string weights_version, Duration step, TimePoint since,
                            TimePoint until) {
  LC_TRY(ExpressionValues read, ValuesOf(client, expression, step, since, until));
  if (!read.is_whole) read.values.assign(read.values.size(), kMissing);
  return LoadSeries::Make(read.windows.start, step, std::move(read.values),
                          std::move(weights_version));
}

}  // namespace loadcurve::prometheus
