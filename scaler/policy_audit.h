#pragma once

#include <string>
#include <vector>

#include "scaler/scaling_profile.h"

namespace loadcurve {

// What is wrong with the schedules, freezes and the budget of a profile, at most one fault a field,
// each as "spec.schedules[0].minReplicas is '50'; expected ...".
std::vector<std::string> FaultsOfPolicy(const ScalingProfileFields& fields);

}  // namespace loadcurve
