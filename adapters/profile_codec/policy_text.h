#pragma once

#include "adapters/profile_codec/yaml_fields.h"
#include "scaler/scaling_profile.h"

namespace loadcurve::profile_codec {

// spec.schedules, spec.freezes and spec.budget; the price that a budget counts by stands in
// spec.objective.
void ReadStatedPolicy(Fields& spec, ScalingProfileFields& profile);

}  // namespace loadcurve::profile_codec
