#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "adapters/profile_codec/yaml_fields.h"
#include "base/units.h"
#include "scaler/scaling_profile.h"

namespace loadcurve::profile_codec {

// "0.1%", with or without a space before the sign; absent where the text is anything else.
std::optional<Ratio> ParsePercent(std::string_view text);
// "0.1%", to the last digit.
std::string PercentText(Ratio share);

// "2 pods", "1 pod"; absent where the text is anything else.
std::optional<Replicas> ParsePods(std::string_view text);

// The fields of spec.objective. The price of a replica is also that of a budget, where there is
// one.
void ReadObjective(Fields& fields, Objective& objective, std::optional<SpendingCap>& budget);

}  // namespace loadcurve::profile_codec
