#pragma once

#include <string>

#include "adapters/prometheus/query_client.h"
#include "base/result.h"
#include "base/units.h"
#include "metrics/metric_source.h"

namespace loadcurve::prometheus {

// A queue and its consumers, in items. One of the two rates is given.
struct QueueExpressions {
  std::string backlog;         // items that wait: sum(kafka_consumergroup_lag{...})
  std::string arrival_rate{};  // items put in a second
  std::string service_rate{};  // items taken out a second
  // How fast a backlog shall be gone, > 0.
  Duration drain_time = std::chrono::minutes(1);
};

struct QueueSourceOptions {
  QueueExpressions queue;
  std::string scale;  // names the unit: items a second, of which the drain time is a part
  Duration step = std::chrono::minutes(1);
};

// Load of queue consumers, who have no requests: the items a second that must be worked on so
// that none is left behind and what waits now is gone after the drain time.
//
//   load(t) = arrivals(t) + backlog(t) / drain_time
//
// In the fluid model of a queue, backlog' = arrivals - work; work by this rule makes
// backlog' = -backlog / drain_time, so that a backlog falls by e every drain time, whatever
// comes in. AWS scales queues by the same thought, backlog per instance against the
// acceptable latency (docs.aws.amazon.com/autoscaling/ec2/userguide/as-using-sqs-queue.html),
// but without arrivals, so that it only acts once messages wait.
//
// Where only the service rate is known, arrivals are what was served and what the backlog
// grew by: arrivals(t) = service(t) + (backlog(t) - backlog(t - step)) / step, at least 0. So
// consumers that hang do not look idle.
class QueueMetricSource final : public MetricSource {
 public:
  // kInvalidArgument: no backlog, not exactly one rate, or a drain time or step that is not
  // positive.
  [[nodiscard]] static Result<QueueMetricSource> Make(QueryClient client,
                                                      QueueSourceOptions options);

  // ToldLoad. A window without a backlog is left out. Where only the arrivals are not known,
  // what waits is a lower bound; so is all of an answer with warnings. Errors as ValuesOf, of a
  // rate that yields nothing a fault.
  [[nodiscard]] Result<Measurement> Read(TimePoint since, TimePoint until) override;

 private:
  QueueMetricSource(QueryClient client, QueueSourceOptions options);

  QueryClient client_;
  QueueSourceOptions options_;
};

}  // namespace loadcurve::prometheus
