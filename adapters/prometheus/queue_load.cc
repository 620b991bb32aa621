#include "adapters/prometheus/queue_load.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "adapters/prometheus/expression_series.h"
#include "base/time_text.h"

namespace loadcurve::prometheus {

std::string QueueVersion(const QueueExpressions& queue) {
  return "queue-" + ToString(queue.drain_time);
}

Result<LoadSeries> QueueLoad(const QueryClient& client, const QueueExpressions& queue,
                             Duration step, TimePoint since, TimePoint until) {
  if (queue.arrival_rate.empty() == queue.service_rate.empty() || queue.backlog.empty() ||
      queue.drain_time <= Duration(0))
    return Fail(ErrorCode::kInvalidArgument,
                "backlog '" + queue.backlog + "', arrivals '" + queue.arrival_rate + "', served '" +
                    queue.service_rate + "', to drain in " + ToString(queue.drain_time) +
                    "; expected a backlog, one of the two rates and a time of more than 0");
  const std::string version = QueueVersion(queue);
  const bool is_derived = queue.arrival_rate.empty();
  const std::string& rate = is_derived ? queue.service_rate : queue.arrival_rate;
  // One step more, for the growth in the first window.
  LC_TRY(const LoadSeries backlog,
         SeriesOf(client, queue.backlog, version, step, since - step, until));
  LC_TRY(const LoadSeries rates, SeriesOf(client, rate, version, step, since, until));
  std::vector<double> loads;
  for (std::size_t i = 0; i < rates.size(); ++i) {
    const double before = backlog.values()[i];
    const double now = backlog.values()[i + 1];
    double arrivals = rates.values()[i];
    // NaN stays NaN: missing.
    if (is_derived) arrivals += (now - before) / Seconds(step);
    if (arrivals < 0) arrivals = 0;
    loads.push_back(arrivals + now / Seconds(queue.drain_time));
  }
  return LoadSeries::Make(rates.start(), step, std::move(loads), version);
}

}  // namespace loadcurve::prometheus
