#include "adapters/prometheus/queue_metric_source.h"

#include <algorithm>
#include <cmath>
#include <optional>
#include <utility>
#include <vector>

#include "adapters/prometheus/expression_series.h"
#include "base/time_text.h"

namespace loadcurve::prometheus {
namespace {

// The rate of each window in `windows`; none is known where the expression yields nothing.
Result<ExpressionValues> RatesOf(const QueryClient& client, const std::string& expression,
                                 Duration step, TimePoint since, TimePoint until) {
  auto rates = ValuesOf(client, expression, step, since, until);
  if (rates || rates.error().code != ErrorCode::kNotFound) return rates;
  LC_TRY(const WholeWindows windows, WholeWindowsIn(since, until, step));
  return ExpressionValues{
      .windows = windows,
      .values = std::vector<double>(static_cast<std::size_t>(windows.count), std::nan("")),
      .fault = rates.error()};
}

}  // namespace

QueueMetricSource::QueueMetricSource(QueryClient client, QueueSourceOptions options)
    : client_(std::move(client)), options_(std::move(options)) {}

Result<QueueMetricSource> QueueMetricSource::Make(QueryClient client, QueueSourceOptions options) {
  const QueueExpressions& queue = options.queue;
  if (queue.arrival_rate.empty() == queue.service_rate.empty() || queue.backlog.empty() ||
      queue.drain_time <= Duration(0) || options.step <= Duration(0))
    return Fail(ErrorCode::kInvalidArgument,
                "backlog '" + queue.backlog + "', arrivals '" + queue.arrival_rate + "', served '" +
                    queue.service_rate + "', to drain in " + ToString(queue.drain_time) +
                    " by steps of " + ToString(options.step) +
                    "; expected a backlog, one of the two rates and times of more than 0");
  return QueueMetricSource(std::move(client), std::move(options));
}

Result<Measurement> QueueMetricSource::Read(TimePoint since, TimePoint until) {
  const QueueExpressions& queue = options_.queue;
  const Duration step = options_.step;
  const bool is_derived = queue.arrival_rate.empty();
  // One step more, for the growth in the first window.
  LC_TRY(const ExpressionValues backlog,
         ValuesOf(client_, queue.backlog, step, since - step, until));
  LC_TRY(
      const ExpressionValues rates,
      RatesOf(client_, is_derived ? queue.service_rate : queue.arrival_rate, step, since, until));
  // A growth between two parts of a sum is no bound of anything.
  const bool is_usable = !is_derived || (backlog.is_whole && rates.is_whole);
  ToldLoad measured{.scale = options_.scale, .fault = backlog.fault ? backlog.fault : rates.fault};
  for (std::size_t i = 0; i < rates.values.size(); ++i) {
    const double before = backlog.values[i];
    const double now = backlog.values[i + 1];
    if (std::isnan(now)) continue;
    double arrivals = is_usable ? rates.values[i] : std::nan("");
    if (is_derived) arrivals = std::max(arrivals + (now - before) / Seconds(step), 0.0);
    const bool is_known = !std::isnan(arrivals);
    measured.windows.push_back(
        {.window_start = rates.windows.StartOf(static_cast<std::int64_t>(i)),
         .concurrency = {},
         .long_lived = {},
         .load = MetricsQps((is_known ? arrivals : 0) + now / Seconds(queue.drain_time)),
         .is_complete = is_known && backlog.is_whole && rates.is_whole});
  }
  return measured;
}

}  // namespace loadcurve::prometheus
