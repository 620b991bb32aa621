#include "adapters/kube/hpa_manifest.h"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

namespace loadcurve::kube {
namespace {

using nlohmann::ordered_json;

// behavior.*.tolerance is on by default from here on; before, 0.1 is built in.
constexpr KubernetesVersion kHasTolerance{1, 35};
constexpr double kBuiltInTolerance = 0.1;
constexpr double kWithinStep = 1.15;
constexpr double kSaturated = 0.95;
constexpr double kClear = 1.05;

bool HasTolerance(const HpaOptions& options) {
  return options.kubernetes && *options.kubernetes >= kHasTolerance;
}

ordered_json Direction(std::int64_t most, const HpaOptions& options) {
  // As many pods at once as there can be: the decision knows its own limits.
  ordered_json rules = {
      {"stabilizationWindowSeconds", 0},
      {"selectPolicy", options.is_paused ? "Disabled" : "Max"},
      {"policies",
       ordered_json::array({{{"type", "Pods"}, {"value", most}, {"periodSeconds", 15}}})}};
  if (HasTolerance(options)) rules["tolerance"] = "0";
  return rules;
}

}  // namespace

CpuSafetyNet CpuSafetyNetFor(const ScalingProfile& profile, const HpaOptions& options) {
  const auto& fields = profile.fields();
  const double planned = fields.objective.target_utilization.value();
  const auto& capacity = fields.load.per_replica;
  const double uncertain = capacity ? capacity->load / capacity->low : 1.0;
  const double tolerance = HasTolerance(options) ? 0 : kBuiltInTolerance;
  const double latest = kSaturated / (1 + tolerance);
  const double wanted = std::min(planned * uncertain * kWithinStep, latest);
  const double target = std::max(wanted, planned * kClear);
  return {static_cast<int>(std::lround(100 * target * options.limit_by_request)),
          target * (1 + tolerance) <= 1};
}

bool IsCpuASafetyNet(const ScalingProfile& profile) {
  const auto& prometheus = profile.fields().load.source.prometheus;
  return !prometheus || !prometheus->queue;
}

ordered_json HpaFor(const ScalingProfile& profile, const HpaOptions& options) {
  const auto& fields = profile.fields();
  ordered_json metadata = {{"name", fields.metadata.name}};
  if (!fields.metadata.namespace_name.empty())
    metadata["namespace"] = fields.metadata.namespace_name;
  metadata["labels"] = {{"app.kubernetes.io/managed-by", "loadcurve"}};
  const ordered_json ours = {
      {"type", "External"},
      {"external",
       {{"metric",
         {{"name", "loadcurve-replicas"},
          {"selector", {{"matchLabels", {{"scalingprofile", fields.metadata.name}}}}}}},
        {"target", {{"type", "AverageValue"}, {"averageValue", "1"}}}}}};
  const ordered_json cpu = {
      {"type", "Resource"},
      {"resource",
       {{"name", "cpu"},
        {"target",
         {{"type", "Utilization"},
          {"averageUtilization", CpuSafetyNetFor(profile, options).average_utilization}}}}}};
  ordered_json metrics = ordered_json::array({ours});
  if (options.has_cpu && IsCpuASafetyNet(profile)) metrics.push_back(cpu);
  return {{"apiVersion", "autoscaling/v2"},
          {"kind", "HorizontalPodAutoscaler"},
          {"metadata", std::move(metadata)},
          {"spec",
           {{"scaleTargetRef",
             {{"apiVersion", fields.target.api_version},
              {"kind", fields.target.kind},
              {"name", fields.target.name}}},
            // Zero needs a feature gate, which a file cannot know of.
            {"minReplicas", std::max<std::int64_t>(fields.bounds.min.value(), 1)},
            {"maxReplicas", fields.bounds.max.value()},
            {"metrics", std::move(metrics)},
            {"behavior",
             {{"scaleUp", Direction(fields.bounds.max.value(), options)},
              {"scaleDown", Direction(fields.bounds.max.value(), options)}}}}}};
}

std::vector<std::string> HpaRemarks(const ScalingProfile& profile, const HpaOptions& options) {
  const auto& fields = profile.fields();
  std::vector<std::string> remarks;
  if (!fields.load.per_replica)
    remarks.emplace_back(
        !IsCpuASafetyNet(profile)
            ? "spec.load.perReplica is absent: nothing is decided, and this HPA does nothing"
        : fields.load.CountsRequests()
            ? "spec.load.perReplica is absent: nothing is decided, and until 'loadcurve calibrate' "
              "found it this HPA scales by CPU, upward only"
            : "spec.load.perReplica is absent: nothing is decided, and until it is given this HPA "
              "scales by CPU, upward only");
  if (!IsCpuASafetyNet(profile))
    remarks.emplace_back(
        "without CPU as a safety net, since consumers of a queue are busy while anything waits: "
        "while Loadcurve is away the count holds");
  if (fields.bounds.min < Replicas(1))
    remarks.emplace_back(
        "minReplicas is 1 here: an HPA reaches 0 only with the feature gate HPAScaleToZero; "
        "Loadcurve's direct mode does without");
  if (IsCpuASafetyNet(profile) && !CpuSafetyNetFor(profile, options).can_act)
    remarks.emplace_back(
        "spec.objective.targetUtilization leaves no room for the CPU safety net: pods are "
        "saturated before it acts");
  if (!HasTolerance(options))
    remarks.emplace_back(
        "made for any Kubernetes: within 10 % of its count this HPA stays, and Loadcurve asks for "
        "the next count that can be reached; --kubernetes 1.35 or newer writes tolerance 0");
  return remarks;
}

}  // namespace loadcurve::kube
