#include "adapters/telemetry/workload_metrics.h"

#include <algorithm>
#include <optional>
#include <string>

namespace loadcurve::telemetry {
namespace {

using Value = std::optional<double> (*)(const WorkloadStatus&);

struct Gauge {
  const char* name;
  const char* help;
  Value value;
};

double SecondsSince1970(TimePoint time) {
  return Seconds(time.time_since_epoch());
}

bool HasReason(const WorkloadStatus& status, bool (*is_it)(const DecisionReason&)) {
  return status.decision &&
         std::any_of(status.decision->reasons.begin(), status.decision->reasons.end(), is_it);
}

bool IsAtMaximum(const DecisionReason& reason) {
  return reason.stage == DecisionStage::kBounds && reason.before > reason.after;
}

bool IsGuarded(const DecisionReason& reason) {
  return reason.stage == DecisionStage::kSafetyGuard;
}

// Apart from what coverage and the time of the latest window tell.
bool IsDisturbed(const WorkloadStatus& status) {
  const EvidenceKind kind = status.evidence.kind;
  return !MayShrinkOn(kind) && kind != EvidenceKind::kMissing && kind != EvidenceKind::kStale &&
         kind != EvidenceKind::kPartial;
}

std::optional<double> CapacityOf(const WorkloadStatus& status,
                                 std::optional<MetricsQps> CapacityReport::*load) {
  if (!status.capacity || !(*status.capacity.*load)) return std::nullopt;
  return (*status.capacity.*load)->value();
}

constexpr Gauge kGauges[] = {
    {"loadcurve_profile_load_metricsqps", "Load of the latest whole window, in MetricsQPS.",
     [](const WorkloadStatus& of) -> std::optional<double> {
       if (!of.latest) return std::nullopt;
       return of.latest->load.value();
     }},
    {"loadcurve_profile_forecast_metricsqps", "The load that replicas are bought for.",
     [](const WorkloadStatus& of) -> std::optional<double> {
       if (!of.forecast) return std::nullopt;
       return of.forecast->value();
     }},
    {"loadcurve_profile_measured_timestamp_seconds", "End of the latest whole window.",
     [](const WorkloadStatus& of) -> std::optional<double> {
       if (!of.latest) return std::nullopt;
       return SecondsSince1970(of.latest->window_start + of.step);
     }},
    {"loadcurve_profile_coverage_ratio", "Share of the replicas that were heard of.",
     [](const WorkloadStatus& of) -> std::optional<double> { return of.coverage.value(); }},
    {"loadcurve_profile_replicas", "Replicas that there are.",
     [](const WorkloadStatus& of) -> std::optional<double> {
       if (!of.observed) return std::nullopt;
       return static_cast<double>(of.observed->current.value());
     }},
    {"loadcurve_profile_replicas_ready", "Of these, ready.",
     [](const WorkloadStatus& of) -> std::optional<double> {
       if (!of.observed) return std::nullopt;
       return static_cast<double>(of.observed->ready.value());
     }},
    {"loadcurve_profile_replicas_wanted", "Replicas that there should be.",
     [](const WorkloadStatus& of) -> std::optional<double> {
       if (!of.decision) return std::nullopt;
       return static_cast<double>(of.decision->desired.value());
     }},
    {"loadcurve_profile_decision_valid_until_timestamp_seconds",
     "When the latest decision is no longer served.",
     [](const WorkloadStatus& of) -> std::optional<double> {
       if (!of.decision) return std::nullopt;
       return SecondsSince1970(of.decision->valid_until);
     }},
    {"loadcurve_profile_at_maximum", "1 where maxReplicas holds the count down.",
     [](const WorkloadStatus& of) -> std::optional<double> { return HasReason(of, IsAtMaximum); }},
    {"loadcurve_profile_guarded",
     "1 where doubt about the evidence keeps the count from shrinking.",
     [](const WorkloadStatus& of) -> std::optional<double> { return HasReason(of, IsGuarded); }},
    {"loadcurve_profile_disturbed",
     "1 where a hang, refusals, a retry storm, an outage before it or its own saturation is seen.",
     [](const WorkloadStatus& of) -> std::optional<double> { return IsDisturbed(of); }},
    {"loadcurve_profile_braked", "1 where the fleet's brake holds the count.",
     [](const WorkloadStatus& of) -> std::optional<double> {
       return of.why_braked.empty() ? 0 : 1;
     }},
    {"loadcurve_profile_rolling_out", "1 where pods of two revisions run, and nothing shrinks.",
     [](const WorkloadStatus& of) -> std::optional<double> {
       if (!of.observed) return std::nullopt;
       return of.observed->is_rolling_out;
     }},
    {"loadcurve_profile_rollout_stage", "0 Observe, 1 Recommend, 2 UpOnly, 3 Full.",
     [](const WorkloadStatus& of) -> std::optional<double> {
       return of.rollout ? static_cast<double>(of.rollout->stage) : 3;
     }},
    {"loadcurve_profile_capacity_metricsqps",
     "What one replica was found to carry at all of what binds, in MetricsQPS.",
     [](const WorkloadStatus& of) { return CapacityOf(of, &CapacityReport::load); }},
    {"loadcurve_profile_capacity_low_metricsqps", "The lower end of its 90 % interval.",
     [](const WorkloadStatus& of) { return CapacityOf(of, &CapacityReport::low); }},
    {"loadcurve_profile_capacity_high_metricsqps", "The upper end of its 90 % interval.",
     [](const WorkloadStatus& of) { return CapacityOf(of, &CapacityReport::high); }},
    {"loadcurve_profile_capacity_planned_metricsqps", "What decisions stand on of it.",
     [](const WorkloadStatus& of) { return CapacityOf(of, &CapacityReport::planned); }},
    {"loadcurve_profile_latency_share",
     "What the closed loop on the latency target leaves of the capacity.",
     [](const WorkloadStatus& of) -> std::optional<double> {
       return of.capacity ? std::optional(of.capacity->latency_share) : std::nullopt;
     }},
    {"loadcurve_profile_release_cpu_ratio",
     "CPU of a unit of load, after by before, of the last release that could be judged.",
     [](const WorkloadStatus& of) -> std::optional<double> {
       if (!of.capacity || !of.capacity->news) return std::nullopt;
       return of.capacity->news->cpu_ratio;
     }},
    {"loadcurve_profile_problems", "What went wrong in the latest step, by number.",
     [](const WorkloadStatus& of) -> std::optional<double> {
       return static_cast<double>(of.problems.size());
     }},
};

prometheus::ClientMetric Sample(const WorkloadStatus& status, double value) {
  ::prometheus::ClientMetric metric;
  metric.label = {{"namespace", status.profile.namespace_name},
                  {"scalingprofile", status.profile.name}};
  metric.gauge.value = value;
  return metric;
}

}  // namespace

std::vector<::prometheus::MetricFamily> WorkloadMetrics(
    const std::vector<WorkloadStatus>& workloads) {
  std::vector<::prometheus::MetricFamily> families;
  for (const Gauge& gauge : kGauges) {
    ::prometheus::MetricFamily family{.name = gauge.name,
                                      .help = gauge.help,
                                      .type = ::prometheus::MetricType::Gauge,
                                      .metric = {}};
    for (const WorkloadStatus& status : workloads) {
      if (const auto value = gauge.value(status)) family.metric.push_back(Sample(status, *value));
    }
    families.push_back(std::move(family));
  }
  return families;
}

}  // namespace loadcurve::telemetry
