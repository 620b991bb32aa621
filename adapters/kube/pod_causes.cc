#include <array>
#include <map>
#include <utility>

#include "adapters/kube/json_fields.h"
#include "adapters/kube/scaling_causes.h"

namespace loadcurve::kube {
namespace {

using nlohmann::json;

// How many pods, and what one of them says.
struct Group {
  int pods = 0;
  std::string story;
};

enum class PodTrouble { kUnschedulable, kImage, kCrash, kNotReady };

// The reason that a container waits, and what it says.
std::pair<std::string, std::string> WaitingOf(const json& pod) {
  const json* const statuses = FieldAt(pod, {"status", "containerStatuses"});
  if (statuses == nullptr || !statuses->is_array()) return {};
  for (const json& status : *statuses) {
    const std::string reason = TextAt(status, {"state", "waiting", "reason"});
    if (!reason.empty() && reason != "ContainerCreating" && reason != "PodInitializing")
      return {reason, TextAt(status, {"state", "waiting", "message"})};
  }
  return {};
}

std::optional<std::pair<PodTrouble, std::string>> TroubleOf(const json& pod) {
  const std::string phase = TextAt(pod, {"status", "phase"});
  const bool is_going = FieldAt(pod, {"metadata", "deletionTimestamp"}) != nullptr;
  if (is_going || phase == "Succeeded" || phase == "Failed") return std::nullopt;
  const SeenCondition scheduled = ConditionOf(pod, "PodScheduled");
  if (scheduled.status == "False") return std::pair(PodTrouble::kUnschedulable, scheduled.message);
  const auto [reason, message] = WaitingOf(pod);
  if (reason == "CrashLoopBackOff") return std::pair(PodTrouble::kCrash, message);
  if (!reason.empty()) return std::pair(PodTrouble::kImage, reason + " " + message);
  const SeenCondition ready = ConditionOf(pod, "Ready");
  if (ready.status != "True") return std::pair(PodTrouble::kNotReady, ready.message);
  return std::nullopt;
}

ScalingCause CauseOf(PodTrouble trouble, const Group& group) {
  const std::string count = std::to_string(group.pods) + (group.pods == 1 ? " pod" : " pods");
  switch (trouble) {
    case PodTrouble::kUnschedulable:
      return {85, "Unschedulable", count + " cannot be placed: " + group.story,
              "Add nodes, or ask for less; a cluster autoscaler does the former."};
    case PodTrouble::kImage:
      return {84, "ContainerWaits", count + " cannot start: " + group.story,
              "kubectl describe pod"};
    case PodTrouble::kCrash:
      return {83, "CrashLoop", "Containers of " + count + " end again and again: " + group.story,
              "kubectl logs --previous"};
    case PodTrouble::kNotReady:
      break;
  }
  return {54, "NotReady",
          count + (group.pods == 1 ? " is" : " are") + " not ready" +
              (group.story.empty() ? "" : ": " + group.story) + ".",
          ""};
}

// What kept pods from being made at all: a quota, an admission rule.
std::string FailedCreate(const ScalingEvidence& evidence) {
  const SeenCondition failure = ConditionOf(evidence.object, "ReplicaFailure");
  if (failure.status == "True") return failure.message;
  const auto wanted = WholeAt(evidence.object, {"spec", "replicas"}).value_or(1);
  if (WholeAt(evidence.object, {"status", "replicas"}).value_or(0) >= wanted) return "";
  for (auto event = evidence.events.rbegin(); event != evidence.events.rend(); ++event)
    if (TextAt(*event, {"reason"}) == "FailedCreate") return TextAt(*event, {"message"});
  return "";
}

}  // namespace

void AddPodCauses(const ScalingEvidence& evidence, std::vector<ScalingCause>& causes) {
  const std::string failure = FailedCreate(evidence);
  if (!failure.empty()) {
    const bool is_quota = failure.find("exceeded quota") != std::string::npos;
    causes.push_back({86, is_quota ? "QuotaExceeded" : "FailedCreate",
                      "Pods are refused: " + failure,
                      is_quota ? "Raise the ResourceQuota: kubectl describe quota" : ""});
  }
  std::map<PodTrouble, Group> groups;
  for (const json& pod : evidence.pods) {
    const auto trouble = TroubleOf(pod);
    if (!trouble) continue;
    Group& group = groups[trouble->first];
    ++group.pods;
    group.story = trouble->second;
  }
  for (const auto& [trouble, group] : groups) causes.push_back(CauseOf(trouble, group));
}

}  // namespace loadcurve::kube
