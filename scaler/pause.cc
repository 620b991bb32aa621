#include "scaler/pause.h"

#include <utility>

#include "scaler/fleet_brake.h"

namespace loadcurve {

std::string WhyPaused(const ScalingProfile& profile) {
  const auto& annotations = profile.fields().metadata.annotations;
  const auto found = annotations.find(std::string(kPausedAnnotation));
  if (found == annotations.end() || found->second != "true") return "";
  return "paused by the annotation " + std::string(kPausedAnnotation) + " of the profile";
}

bool IsSameButForPause(const ScalingProfile& one, const ScalingProfile& other) {
  if (one == other) return true;
  ScalingProfileFields mine = one.fields();
  ScalingProfileFields others = other.fields();
  for (const std::string_view annotation : {kPausedAnnotation, kBrakeAnnotation}) {
    mine.metadata.annotations.erase(std::string(annotation));
    others.metadata.annotations.erase(std::string(annotation));
  }
  return mine == others;
}

ReplicaDecision Hold(ReplicaDecision decision, Replicas ordered, std::string_view why) {
  decision.reasons.push_back({DecisionStage::kPaused, decision.desired, ordered, std::string(why)});
  decision.desired = ordered;
  return decision;
}

}  // namespace loadcurve
