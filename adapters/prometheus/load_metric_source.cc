#include "adapters/prometheus/load_metric_source.h"

#include <cmath>
#include <utility>

#include "adapters/prometheus/expression_series.h"
#include "base/time_text.h"

namespace loadcurve::prometheus {

LoadMetricSource::LoadMetricSource(QueryClient client, LoadSourceOptions options)
    : client_(std::move(client)), options_(std::move(options)) {}

Result<LoadMetricSource> LoadMetricSource::Make(QueryClient client, LoadSourceOptions options) {
  if (options.expression.empty() || options.step <= Duration(0))
    return Fail(ErrorCode::kInvalidArgument, "the load is '" + options.expression +
                                                 "' and the step " + ToString(options.step) +
                                                 "; expected an expression, and more than 0");
  return LoadMetricSource(std::move(client), std::move(options));
}

Result<Measurement> LoadMetricSource::Read(TimePoint since, TimePoint until) {
  LC_TRY(const ExpressionValues read,
         ValuesOf(client_, options_.expression, options_.step, since, until));
  ToldLoad measured{.scale = options_.scale, .fault = read.fault};
  for (std::int64_t window = 0; window < read.windows.count; ++window) {
    const double value = read.values[static_cast<std::size_t>(window)];
    if (std::isnan(value)) continue;
    measured.windows.push_back({.window_start = read.windows.StartOf(window),
                                .concurrency = {},
                                .long_lived = {},
                                .load = MetricsQps(value),
                                .is_complete = read.is_whole});
  }
  return measured;
}

}  // namespace loadcurve::prometheus
