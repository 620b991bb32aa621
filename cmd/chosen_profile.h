#pragma once

#include <string>

#include "base/result.h"
#include "scaler/scaling_profile.h"

namespace loadcurve {

// The profile of the file at `path` that `workload` names, by its own name, by what the source of
// its load calls it, or by its workload; the only one where no name is given.
[[nodiscard]] Result<ScalingProfile> ChosenProfile(const std::string& path,
                                                   const std::string& workload);

}  // namespace loadcurve
