#include "adapters/external_metrics/published_status.h"

#include <cmath>
#include <utility>

#include "base/check.h"
#include "scaler/hpa_value.h"

namespace loadcurve::external_metrics {
namespace {

// 1234.5 -> 1230, 0.012345 -> 0.0123.
double ToThreeDigits(double value) {
  if (value == 0) return 0;
  const double scale = std::pow(10.0, 2 - std::floor(std::log10(std::abs(value))));
  return std::round(value * scale) / scale;
}

// Why there is no such value, as the first problem of the step has it.
std::string WhyMissing(const WorkloadStatus& status, std::string_view otherwise) {
  return status.problems.empty() ? std::string(otherwise) : status.problems.front().message;
}

constexpr std::string_view kNoRequests =
    "no requests are counted for this profile: its source tells the load itself, see "
    "loadcurve-load";

class Publication {
 public:
  Publication(const WorkloadStatus& status, MetricBoard& board) : status_(status), board_(board) {}

  void Put(std::string_view metric, PublishedMetric published) {
    const auto done = board_.Publish(KeyOf(metric), std::move(published));
    Check(done.has_value(), "metrics are announced, values finite and >= 0");
  }

  void PutMissing(std::string_view metric, std::string why) {
    board_.PublishMissing(KeyOf(metric), std::move(why));
  }

  // A load over a window, in the scale of the profile's weights.
  void PutLoad(std::string_view metric, double value, TimePoint measured_at, Duration window) {
    Put(metric, {.value = ToThreeDigits(value),
                 .labels = {{"weights", status_.weights_version}},
                 .measured_at = measured_at,
                 .window = window,
                 .max_age = (status_.step * (kFreshSteps + 1))});
  }

 private:
  MetricKey KeyOf(std::string_view metric) const {
    return {PublishedNamespace(status_.profile), std::string(metric), status_.profile.name};
  }

  const WorkloadStatus& status_;
  MetricBoard& board_;
};

void PutReplicas(const WorkloadStatus& status, Ratio hpa_tolerance, Publication& publication) {
  if (!status.decision)
    return publication.PutMissing(kReplicasMetric, WhyMissing(status, "nothing was decided yet"));
  const ReplicaDecision& decision = *status.decision;
  const Replicas value = HpaValueFor(decision.current, decision.desired, hpa_tolerance);
  publication.Put(kReplicasMetric, {.value = static_cast<double>(value.value()),
                                    .measured_at = status.at,
                                    .max_age = decision.valid_until - status.at});
}

void PutMeasured(const WorkloadStatus& status, Publication& publication) {
  if (!status.latest) {
    const std::string why = WhyMissing(status, "no window was measured yet");
    for (const std::string_view metric : {kLoadMetric, kUtilizationMetric})
      publication.PutMissing(metric, why);
    return publication.PutMissing(kQpsMetric,
                                  status.counts_requests ? why : std::string(kNoRequests));
  }
  const LoadSample& latest = *status.latest;
  const TimePoint end = latest.window_start + status.step;
  publication.PutLoad(kLoadMetric, latest.load.value(), end, status.step);
  if (status.counts_requests) {
    publication.PutLoad(kQpsMetric, latest.Qps(status.step), end, status.step);
  } else {
    publication.PutMissing(kQpsMetric, std::string(kNoRequests));
  }
  if (!status.per_replica || !status.observed || status.observed->ready == Replicas(0))
    return publication.PutMissing(kUtilizationMetric,
                                  "no replica is ready, or what one carries is not known");
  const double capacity =
      status.per_replica->value() * static_cast<double>(status.observed->ready.value());
  publication.PutLoad(kUtilizationMetric, latest.load.value() / capacity, end, status.step);
}

}  // namespace

std::string PublishedNamespace(const ProfileKey& profile) {
  return profile.namespace_name.empty() ? "default" : profile.namespace_name;
}

std::vector<std::string> PublishedMetrics() {
  return {std::string(kReplicasMetric),    std::string(kLoadMetric),
          std::string(kForecastMetric),    std::string(kPerReplicaMetric),
          std::string(kUtilizationMetric), std::string(kQpsMetric)};
}

void PublishStatus(const WorkloadStatus& status, Ratio hpa_tolerance, MetricBoard& board) {
  Publication publication(status, board);
  PutReplicas(status, hpa_tolerance, publication);
  PutMeasured(status, publication);
  if (status.forecast) {
    publication.PutLoad(kForecastMetric, status.forecast->value(), status.at, Duration(0));
  } else {
    publication.PutMissing(kForecastMetric, WhyMissing(status, "there is no forecast yet"));
  }
  if (status.per_replica) {
    publication.PutLoad(kPerReplicaMetric, status.per_replica->value(), status.at, Duration(0));
  } else {
    publication.PutMissing(kPerReplicaMetric,
                           status.counts_requests
                               ? "the profile has no spec.load.perReplica; 'loadcurve calibrate' "
                                 "measures it"
                               : "the profile has no spec.load.perReplica, what one replica "
                                 "carries of the load that its source tells");
  }
}

}  // namespace loadcurve::external_metrics
