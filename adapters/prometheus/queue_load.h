#pragma once

#include <string>

#include "adapters/prometheus/query_client.h"
#include "base/result.h"
#include "base/units.h"
#include "metrics/load_series.h"

namespace loadcurve::prometheus {

// A queue and its consumers, in messages. One of the two rates is given.
struct QueueExpressions {
  std::string backlog;         // messages that wait: sum(kafka_consumergroup_lag{...})
  std::string arrival_rate{};  // messages put in a second
  std::string service_rate{};  // messages taken out a second
  // How fast a backlog shall be gone, > 0.
  Duration drain_time = std::chrono::minutes(5);
};

// Load of queue consumers, who have no requests: the messages a second that must be worked
// on so that none is left behind and what waits now is gone after the drain time.
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
// consumers that hang do not look idle. A window without the values it needs is missing.
//
// In messages a second: a scale of its own, see QueueVersion. Errors as SeriesOf;
// kInvalidArgument also where not exactly one rate is given or the drain time is not positive.
[[nodiscard]] Result<LoadSeries> QueueLoad(const QueryClient& client, const QueueExpressions& queue,
                                           Duration step, TimePoint since, TimePoint until);

// "queue-5m": the drain time is part of the scale.
std::string QueueVersion(const QueueExpressions& queue);

}  // namespace loadcurve::prometheus
