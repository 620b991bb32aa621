#pragma once

#include <string>

#include "adapters/prometheus/query_client.h"
#include "base/result.h"
#include "base/units.h"
#include "metrics/metric_source.h"

namespace loadcurve::prometheus {

struct LoadSourceOptions {
  std::string expression;  // PromQL: the load of all replicas together, >= 0
  std::string scale;       // names its unit
  Duration step = std::chrono::minutes(1);
};

// The load by PromQL that yields it in a unit of the user's own: jobs, sessions, GB a second.
// Where neither requests nor a queue tell what a workload has to do.
class LoadMetricSource final : public MetricSource {
 public:
  // kInvalidArgument: no expression, or a step that is not positive.
  [[nodiscard]] static Result<LoadMetricSource> Make(QueryClient client, LoadSourceOptions options);

  // ToldLoad. Windows without a value, or with one that can be no load, are left out; all of
  // an answer with warnings are lower bounds. Errors as ValuesOf.
  [[nodiscard]] Result<Measurement> Read(TimePoint since, TimePoint until) override;

 private:
  LoadMetricSource(QueryClient client, LoadSourceOptions options);

  QueryClient client_;
  LoadSourceOptions options_;
};

}  // namespace loadcurve::prometheus
