#pragma once

#include <string>

#include "adapters/prometheus/query_client.h"
#include "base/result.h"
#include "base/units.h"
#include "metrics/duration_bounds.h"
#include "metrics/metric_source.h"

namespace loadcurve::prometheus {

// Two expressions for services without histograms.
struct RateExpressions {
  std::string rate;  // requests that ended a second
  // Seconds that a request takes in the mean; empty: `usual_duration`.
  std::string mean_seconds{};
  Duration usual_duration = std::chrono::milliseconds(100);
};

struct RateSourceOptions {
  std::string counted_as{};  // the workload's name in the counts
  RateExpressions expressions;
  Duration step = std::chrono::minutes(1);
  DurationBounds bounds = DurationBounds::Default();
};

// Requests of one workload by PromQL that yields their rate: the last resort. All requests
// of a window are taken to last as long as their mean, so weights that bend with duration
// see less than there is; coverage is not known and given as 1 where there is a value.
class RateMetricSource final : public MetricSource {
 public:
  // kInvalidArgument: no rate, a usual duration below zero, or a step that RequestCounts
  // does not take.
  [[nodiscard]] static Result<RateMetricSource> Make(QueryClient client, RateSourceOptions options);

  // Windows without a rate, or with requests and no mean, are left out; those whose rate is
  // zero, or less than half a request a window, are idle. Errors as SeriesOf.
  [[nodiscard]] Result<Measurement> Read(TimePoint since, TimePoint until) override;

 private:
  RateMetricSource(QueryClient client, RateSourceOptions options);

  QueryClient client_;
  RateSourceOptions options_;
};

}  // namespace loadcurve::prometheus
