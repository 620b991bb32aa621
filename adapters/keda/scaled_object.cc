#include "adapters/keda/scaled_object.h"

#include <nlohmann/json.hpp>
#include <utility>

namespace loadcurve::keda {
namespace {

using nlohmann::ordered_json;

// As often as an HPA asks; it decides about zero only.
constexpr int kPollingSeconds = 15;

}  // namespace

ordered_json ScaledObjectFor(const ScalingProfile& profile, const ScaledObjectOptions& options) {
  const auto& fields = profile.fields();
  const ordered_json hpa = kube::HpaFor(profile, options.hpa);
  const ordered_json ours = {
      {"type", "external"},
      {"metricType", "AverageValue"},
      {"metadata", {{"scalerAddress", options.address}, {"scalingprofile", fields.metadata.name}}},
      {"authenticationRef",
       {{"kind", "ClusterTriggerAuthentication"}, {"name", options.authentication}}}};
  ordered_json triggers = ordered_json::array({ours});
  const ordered_json cpu = {
      {"type", "cpu"},
      {"metricType", "Utilization"},
      {"metadata",
       {{"value",
         std::to_string(kube::CpuSafetyNetFor(profile, options.hpa).average_utilization)}}}};
  if (kube::IsCpuASafetyNet(profile)) triggers.push_back(cpu);
  return {{"apiVersion", "keda.sh/v1alpha1"},
          {"kind", "ScaledObject"},
          {"metadata", hpa.at("metadata")},
          {"spec",
           {{"scaleTargetRef", hpa.at("spec").at("scaleTargetRef")},
            {"pollingInterval", kPollingSeconds},
            {"minReplicaCount", fields.bounds.min.value()},
            {"maxReplicaCount", fields.bounds.max.value()},
            {"advanced",
             {{"horizontalPodAutoscalerConfig", {{"behavior", hpa.at("spec").at("behavior")}}}}},
            {"triggers", std::move(triggers)}}}};
}

std::vector<std::string> ScaledObjectRemarks(const ScalingProfile& profile,
                                             const ScaledObjectOptions& options) {
  std::vector<std::string> remarks;
  // Zero is KEDA's own doing, without the feature gate that a plain HPA needs.
  for (std::string& remark : kube::HpaRemarks(profile, options.hpa))
    if (!remark.starts_with("minReplicas")) remarks.push_back(std::move(remark));
  return remarks;
}

}  // namespace loadcurve::keda
