#include "scaler/pause.h"

#include <utility>

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
  mine.metadata.annotations.erase(std::string(kPausedAnnotation));
  others.metadata.annotations.erase(std::string(kPausedAnnotation));
  return mine == others;
}

ReplicaDecision Hold(ReplicaDecision decision, Replicas ordered, std::string_view why) {
  decision.reasons.push_back({DecisionStage::kPaused, decision.desired, ordered, std::string(why)});
  decision.desired = ordered;
  return decision;
}

}  // namespace loadcurve
