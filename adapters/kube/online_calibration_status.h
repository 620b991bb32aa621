#pragma once

#include <nlohmann/json_fwd.hpp>
#include <optional>

#include "scaler/adopted_calibration.h"

namespace loadcurve::kube {

// What a ScalingProfile's status keeps of its online calibration, so that it outlives a restart
// and a change of leader: what was adopted, to the last digit, and what came of the last attempt.
nlohmann::json ToJson(const CalibrationReport& report);

// What ToJson wrote. Costs that others changed, so that they are no longer those of their version,
// are no adoption.
CalibrationReport CalibrationReportFrom(const nlohmann::json& object);

// Whether a person would see a difference: another adoption, or another outcome.
bool IsNews(const std::optional<CalibrationReport>& written,
            const std::optional<CalibrationReport>& next);

}  // namespace loadcurve::kube
