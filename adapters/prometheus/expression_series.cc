#include "adapters/prometheus/expression_series.h"

#include <fmt/format.h>

#include <cmath>
#include <cstdint>
#include <limits>
#include <utility>
#include <vector>

#include "base/time_text.h"

namespace loadcurve::prometheus {

std::string ExpressionVersion(std::string_view expression) {
  // FNV-1a: http://www.isthe.com/chongo/tech/comp/fnv/
  std::uint32_t hash = 2166136261U;
  for (const char c : expression) hash = (hash ^ static_cast<unsigned char>(c)) * 16777619U;
  return fmt::format("promql-{:08x}", hash);
}

Result<LoadSeries> SeriesOf(const QueryClient& client, std::string_view expression,
                            std::string weights_version, Duration step, TimePoint since,
                            TimePoint until) {
  if (step <= Duration(0))
    return Fail(ErrorCode::kInvalidArgument,
                "the step is " + ToString(step) + "; expected more than 0");
  const Duration into = since.time_since_epoch() % step;
  const TimePoint start = into == Duration(0) ? since : since + step - into;
  const std::int64_t windows = (until - start) / step;
  if (windows < 1)
    return Fail(ErrorCode::kInvalidArgument, "from " + ToRfc3339(since) + " to " +
                                                 ToRfc3339(until) +
                                                 " there is no whole window of " + ToString(step));
  LC_TRY(const QueryAnswer answer,
         client.Over(expression, {start + step, start + step * windows, step}));
  if (answer.series.empty())
    return Fail(ErrorCode::kNotFound, "the expression " + std::string(expression) +
                                          " yields nothing from " + ToRfc3339(since) + " to " +
                                          ToRfc3339(until));
  if (answer.series.size() > 1)
    return Fail(ErrorCode::kInvalidArgument, "the expression " + std::string(expression) +
                                                 " yields " + std::to_string(answer.series.size()) +
                                                 " series; expected one: sum(...)");
  std::vector<double> values(static_cast<std::size_t>(windows),
                             std::numeric_limits<double>::quiet_NaN());
  for (const FloatPoint& point : answer.series[0].points) {
    const std::int64_t window = (point.time - start) / step - 1;
    const bool is_known = std::isfinite(point.value) && point.value >= 0;
    if (is_known && answer.warnings.empty() && window >= 0 && window < windows)
      values[static_cast<std::size_t>(window)] = point.value;
  }
  return LoadSeries::Make(start, step, std::move(values), std::move(weights_version));
}

}  // namespace loadcurve::prometheus
