#include "adapters/kube/scaling_causes.h"

#include <algorithm>

#include "adapters/kube/json_fields.h"
#include "scaler/fleet_brake.h"
#include "scaler/pause.h"

namespace loadcurve::kube {
namespace {

using nlohmann::json;

bool IsDirect(const ScalingEvidence& evidence) {
  return TextAt(evidence.profile, {"metadata", "annotations", "loadcurve.dev/mode"}) == "direct";
}

// The last stage of the decision, and what it said.
const json* LastReason(const json& profile) {
  const json* const reasons = FieldAt(profile, {"status", "decision", "reasons"});
  if (reasons == nullptr || !reasons->is_array() || reasons->empty()) return nullptr;
  return &reasons->back();
}

void AddFollower(const ScalingEvidence& evidence, std::vector<ScalingCause>& causes) {
  const std::string name = TextAt(evidence.profile, {"metadata", "name"});
  if (IsDirect(evidence) && !evidence.hpas.empty())
    causes.push_back({94, "HpaOwnsTarget",
                      "The profile asks for direct mode, which sets nothing while HPA " +
                          TextAt(evidence.hpas.front(), {"metadata", "name"}) + " owns the target.",
                      "Delete the HPA, or remove the annotation loadcurve.dev/mode."});
  if (!IsDirect(evidence) && evidence.hpas.empty())
    causes.push_back({94, "NothingFollows",
                      "No HPA names this workload, so nobody follows the decision.",
                      "Set spec.managedHPA: true in profile " + name +
                          ", or apply what 'loadcurve hpa' writes."});
  const SeenCondition managed = ConditionOf(evidence.profile, "ManagedHPA");
  if (managed.status == "False") causes.push_back({93, managed.reason, managed.message, ""});
  if (managed.reason == "AppliedWithoutCpu")
    causes.push_back(
        {20, managed.reason, managed.message, "Give the pods a CPU request and limit."});
}

// What the last stage did, where it did not simply follow the forecast.
void AddStage(const ScalingEvidence& evidence, std::vector<ScalingCause>& causes) {
  const json* const last = LastReason(evidence.profile);
  if (last == nullptr) return;
  const std::string stage = TextAt(*last, {"stage"});
  const std::string why = TextAt(*last, {"why"});
  if (stage == "safety_guard") {
    causes.push_back({70, "EvidenceMissing",
                      "Loadcurve holds, since evidence is missing or doubtful: " + why + ".",
                      "See the condition Measured, and that every pod is scraped."});
  } else if (stage == "rollout") {
    causes.push_back({84, "RolloutStage", "Decisions are not followed as a whole: " + why + ".",
                      "See status.rollout; spec.rollout.stage sets another stage by hand."});
  } else if (stage == "fleet_brake") {
    causes.push_back({86, "FleetBraked", "The fleet's brake holds the count: " + why + ".",
                      "See what the profiles have in common: their Prometheus, a release, an "
                      "outage before them. To lift it: kubectl annotate namespace loadcurve " +
                          std::string(kBrakeAnnotation) + "=off"});
  } else if (stage == "bounds") {
    causes.push_back({78, "ProfileBound", "The profile's own bound holds the count: " + why + ".",
                      "Change spec.bounds of the profile."});
  } else if (stage == "schedule" || stage == "freeze") {
    causes.push_back({76, stage == "freeze" ? "Frozen" : "Scheduled",
                      "The profile states it for this time: " + why + ".",
                      stage == "freeze" ? "Wait, or change spec.freezes of the profile."
                                        : "Wait, or change spec.schedules of the profile."});
  } else if (stage == "budget") {
    causes.push_back({77, "BudgetReached", "The profile's budget holds the count: " + why + ".",
                      "Change spec.budget of the profile."});
  } else if (stage == "parked") {
    causes.push_back(
        {79, "CapacityReturned",
         "What was given up lately is back, and nothing shrinks: " + why + ".",
         "See what the errors or the load come from; spec.behavior.scaleDown.observation "
         "says for how long."});
  } else if (stage == "step_limit" || stage == "stabilizer") {
    causes.push_back({50, stage == "stabilizer" ? "ScaleDownWindow" : "StepLimit",
                      "spec.behavior of the profile slows the change: " + why + ".",
                      "Wait, or change spec.behavior."});
  } else if (stage != "target" && stage != "paused") {
    causes.push_back({45, "MeasuredNeed", "What is measured now needs it: " + why + ".", ""});
  }
}

void AddCondition(const ScalingEvidence& evidence, std::string_view type, std::string_view bad,
                  int weight, std::vector<ScalingCause>& causes) {
  const SeenCondition seen = ConditionOf(evidence.profile, type);
  if (seen.status == bad) causes.push_back({weight, seen.reason, seen.message, ""});
}

}  // namespace

void AddProfileCauses(const ScalingEvidence& evidence, std::vector<ScalingCause>& causes) {
  const json& profile = evidence.profile;
  if (profile.is_null()) {
    causes.push_back({15, "NoProfile",
                      "No ScalingProfile names this workload: Loadcurve has no part in it.", ""});
    return;
  }
  const SeenCondition paused = ConditionOf(profile, "Paused");
  if (paused.status == "True") {
    causes.push_back({100, "Paused", paused.message,
                      "Remove the annotation: kubectl annotate sp/" +
                          TextAt(profile, {"metadata", "name"}) + " (or the namespace) " +
                          std::string(kPausedAnnotation) + "-"});
  } else if (TextAt(profile, {"metadata", "annotations", kPausedAnnotation}) == "true") {
    causes.push_back({99, "PauseNotSeen",
                      "The profile asks for a pause that Loadcurve did not take up yet.",
                      "Does Loadcurve run? kubectl -n loadcurve get pods"});
  }
  const SeenCondition active = ConditionOf(profile, "Active");
  const bool is_rival = active.reason == "TargetTaken";
  if (active.status == "False")
    causes.push_back({is_rival || active.reason == "InvalidProfile" ? 97 : 77, active.reason,
                      active.message, ""});
  if (active.status.empty())
    causes.push_back({88, "NotSeen",
                      "Loadcurve never wrote a status of this profile: it does not run, or is not "
                      "allowed to.",
                      "kubectl -n loadcurve logs deploy/loadcurve"});
  AddCondition(evidence, "Calibrated", "False", 79, causes);
  AddCondition(evidence, "Measured", "False", 76, causes);
  AddCondition(evidence, "Stale", "True", 75, causes);
  AddCondition(evidence, "Doubtful", "True", 74, causes);
  if (!is_rival) AddFollower(evidence, causes);
  AddStage(evidence, causes);
}

std::vector<ScalingCause> CausesOf(const ScalingEvidence& evidence) {
  std::vector<ScalingCause> causes;
  if (evidence.object.is_null())
    causes.push_back(
        {98, "TargetMissing",
         evidence.target.kind + " " + evidence.target.name + " is not there, or may not be seen.",
         "See spec.targetRef of the profile."});
  AddProfileCauses(evidence, causes);
  AddHpaCauses(evidence, causes);
  AddWriterCauses(evidence, causes);
  AddPodCauses(evidence, causes);
  const auto wanted = WholeAt(evidence.profile, {"status", "decision", "desired"});
  const json* const last = LastReason(evidence.profile);
  if (wanted && last != nullptr && TextAt(*last, {"stage"}) == "target")
    causes.push_back({10, "AsDecided",
                      std::to_string(*wanted) +
                          " replicas are what was decided: " + TextAt(*last, {"why"}) + ".",
                      ""});
  std::stable_sort(causes.begin(), causes.end(),
                   [](const auto& a, const auto& b) { return a.weight > b.weight; });
  if (causes.empty())
    causes.push_back({0, "NothingFound", "Nothing seen here keeps the count from moving.", ""});
  return causes;
}

}  // namespace loadcurve::kube
