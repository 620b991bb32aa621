#pragma once

#include <string>
#include <string_view>

#include "scaler/replica_decision.h"
#include "scaler/scaling_profile.h"

namespace loadcurve {

// On a ScalingProfile, or on Loadcurve's own namespace for all: "true" pauses.
inline constexpr std::string_view kPausedAnnotation = "loadcurve.dev/paused";

// Why the profile's count is to stay as it is: its own annotation. Empty where it has none.
std::string WhyPaused(const ScalingProfile& profile);

// True where the two differ in nothing but that annotation and kBrakeAnnotation, so that a pause
// loses no forecast.
bool IsSameButForPause(const ScalingProfile& one, const ScalingProfile& other);

// The decision of a paused workload: `ordered` replicas, those asked for at the moment, also
// outside the bounds. What was needed stays known, so that the count can move at once when the
// pause ends.
ReplicaDecision Hold(ReplicaDecision decision, Replicas ordered, std::string_view why);

}  // namespace loadcurve
