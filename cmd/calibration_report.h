#pragma once

#include <nlohmann/json_fwd.hpp>
#include <span>
#include <string>

#include "base/result.h"
#include "metrics/calibration.h"
#include "scaler/scaling_profile.h"

namespace loadcurve {

// {"workloads":[...]}, as docs/configuration.md describes it.
nlohmann::json ToJson(std::span<const WorkloadCalibration> calibrations);

// For people: a line a workload, and for each the weights beside their prior.
std::string ToText(std::span<const WorkloadCalibration> calibrations);

// One row a weight: workload, route, upper_seconds, weight, low, high.
std::string ToCsv(std::span<const WorkloadCalibration> calibrations);

// What is known about the profile besides the calibration.
struct ProfileFacts {
  std::string duration_source;
  Ratio target_share{0.7};
  std::optional<BusySlots> slots;
  TimePoint calibrated_at;
};

[[nodiscard]] Result<ScalingProfile> ToProfile(const WorkloadCalibration& calibration,
                                               const ProfileFacts& facts);

}  // namespace loadcurve
