#include <cmath>

#include "adapters/kube/json_fields.h"
#include "adapters/kube/scaling_causes.h"
#include "base/quantity_text.h"

namespace loadcurve::kube {
namespace {

using nlohmann::json;

std::string NameOf(const json& hpa) {
  return "HPA " + TextAt(hpa, {"metadata", "name"});
}

std::string CountAt(const json& object, JsonPath path) {
  return std::to_string(WholeAt(object, path).value_or(0));
}

// Metrics in error, and what the words of the error say about who is to blame.
std::string RemedyOf(const SeenCondition& active) {
  const std::string& story = active.message;
  const auto has = [&](const char* word) { return story.find(word) != std::string::npos; };
  if (has("forbidden"))
    return "The HPA controller may not read the metric: deploy/manifests/rbac.yaml grants it.";
  if (active.reason == "FailedGetResourceMetric")
    return has("missing request") ? "Give every container a CPU request."
                                  : "Does metrics-server run? kubectl top pods";
  if (has("unable to handle") || has("could not find the requested") || has("503"))
    return "kubectl get apiservice v1beta1.external.metrics.k8s.io; kubectl -n loadcurve get pods";
  return "kubectl describe hpa";
}

void AddActivity(const json& hpa, std::vector<ScalingCause>& causes) {
  const SeenCondition active = ConditionOf(hpa, "ScalingActive");
  const SeenCondition able = ConditionOf(hpa, "AbleToScale");
  if (active.reason == "ScalingDisabled")
    causes.push_back({92, "ScalingDisabled",
                      NameOf(hpa) + " rests, since the workload was set to 0 replicas.",
                      "Scale it to 1 or more by hand; the HPA goes on from there."});
  else if (active.reason == "AmbiguousSelector")
    causes.push_back({95, "AmbiguousSelector",
                      NameOf(hpa) + " does nothing, since its pods also belong to another: " +
                          active.message + ".",
                      "Delete one HPA, or make the selectors differ."});
  else if (active.status == "False")
    causes.push_back(
        {90, active.reason,
         NameOf(hpa) + " has a metric in error, and so never shrinks: " + active.message + ".",
         RemedyOf(active)});
  if (able.status == "False")
    causes.push_back({89, able.reason, NameOf(hpa) + " cannot scale: " + able.message + ".",
                      "kubectl describe hpa"});
  if (able.reason == "ScaleDownStabilized" || able.reason == "ScaleUpStabilized")
    causes.push_back({60, able.reason,
                      NameOf(hpa) + " waits for its stabilization window: " + able.message + ".",
                      "Wait, or set behavior.*.stabilizationWindowSeconds: 0: the decision has its "
                      "own window."});
}

void AddLimits(const json& hpa, std::vector<ScalingCause>& causes) {
  const SeenCondition limited = ConditionOf(hpa, "ScalingLimited");
  if (limited.status != "True") return;
  if (limited.reason == "TooManyReplicas")
    causes.push_back({80, "HpaAtMax",
                      NameOf(hpa) + " is at its maxReplicas, " +
                          CountAt(hpa, {"spec", "maxReplicas"}) + ", and more are wanted.",
                      "Raise maxReplicas, of the HPA and in spec.bounds of the profile."});
  else if (limited.reason == "TooFewReplicas")
    causes.push_back({55, "HpaAtMin",
                      NameOf(hpa) + " is at its minReplicas, " +
                          std::to_string(WholeAt(hpa, {"spec", "minReplicas"}).value_or(1)) +
                          ", and fewer are wanted.",
                      "Lower minReplicas, of the HPA and in spec.bounds of the profile."});
  else
    causes.push_back({58, limited.reason,
                      NameOf(hpa) + " is slowed by its own policies: " + limited.message + ".",
                      "Wait, or change behavior.*.policies: the decision has its own limits."});
}

// By behavior, or the built-in tenth.
double ToleranceOf(const json& hpa, bool is_up) {
  const std::string text =
      TextAt(hpa, {"spec", "behavior", is_up ? "scaleUp" : "scaleDown", "tolerance"});
  return QuantityIn(text).value_or(0.1);
}

void AddTolerance(const json& hpa, const ScalingEvidence& evidence,
                  std::vector<ScalingCause>& causes) {
  const auto current = WholeAt(hpa, {"status", "currentReplicas"});
  if (!evidence.published || !current || *current <= 0) return;
  const double ratio = *evidence.published / static_cast<double>(*current);
  const double tolerance = ToleranceOf(hpa, ratio > 1);
  if (ratio == 1 || std::abs(ratio - 1) > tolerance + 1e-9) return;
  causes.push_back({52, "WithinTolerance",
                    NameOf(hpa) + " stays at " + std::to_string(*current) + ": " +
                        json(*evidence.published).dump() +
                        " differs by no more than its tolerance.",
                    "Set behavior.*.tolerance: 0 (Kubernetes 1.35 or newer), as 'loadcurve hpa "
                    "--kubernetes 1.35' does."});
}

}  // namespace

void AddHpaCauses(const ScalingEvidence& evidence, std::vector<ScalingCause>& causes) {
  if (evidence.hpas.size() > 1) {
    std::string names;
    for (const json& hpa : evidence.hpas)
      names += (names.empty() ? "" : ", ") + TextAt(hpa, {"metadata", "name"});
    causes.push_back(
        {96, "TwoHpas", "Several HPAs scale this workload: " + names + ".", "Delete all but one."});
  }
  for (const json& hpa : evidence.hpas) {
    AddActivity(hpa, causes);
    AddLimits(hpa, causes);
    AddTolerance(hpa, evidence, causes);
  }
}

}  // namespace loadcurve::kube
