#pragma once

#include <nlohmann/json_fwd.hpp>
#include <optional>

#include "scaler/speed_report.h"

namespace loadcurve::kube {

// What a ScalingProfile's status keeps of how fast instances are, so that it is not learnt again
// after a restart and a change of leader.
nlohmann::json ToJson(const SpeedReport& report);

// What ToJson wrote; a family whose numbers are none of speeds is passed over.
SpeedReport SpeedReportFrom(const nlohmann::json& object);

// Whether a person would see a difference: another reference or family, one that is believed now or
// no longer, or one that is 2 % faster or slower.
bool IsNews(const std::optional<SpeedReport>& written, const std::optional<SpeedReport>& next);

}  // namespace loadcurve::kube
