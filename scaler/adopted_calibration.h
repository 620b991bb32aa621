#pragma once

#include <optional>
#include <string>

#include "base/units.h"
#include "metrics/online_calibration.h"
#include "scaler/scaling_profile.h"

namespace loadcurve {

// Costs that were found while serving, and stand in for those of a profile's spec.
struct AdoptedCalibration {
  RequestCosts costs;  // with a capacity
  TimePoint adopted_at{};
  // What the spec said then. Where it says anything else now, a person has decided, and these
  // costs are not for it.
  std::string instead_of{};                     // the version of its weights
  std::optional<MetricsQps> instead_of_load{};  // and what a replica carried

  bool operator==(const AdoptedCalibration& other) const;
};

AdoptedCalibration AdoptedFor(const ScalingProfile& spec, RequestCosts costs, TimePoint now);

// Whether the spec asks for calibration, and still says what it said.
bool IsFor(const AdoptedCalibration& adopted, const ScalingProfile& spec);

// The profile with these costs; kInvalidArgument where they cannot be its own.
[[nodiscard]] Result<ScalingProfile> WithCosts(const ScalingProfile& spec,
                                               const RequestCosts& costs);

// Of a profile whose load counts requests.
RequestCosts CostsOf(const ScalingProfile& profile);

// What is known of the online calibration of one workload.
struct CalibrationReport {
  std::optional<AdoptedCalibration> adopted{};  // what decisions stand on; else on the spec
  std::optional<TimePoint> tried_at{};          // the last attempt, and what came of it
  OnlineCalibration last{};                     // whose costs are not kept here

  bool operator==(const CalibrationReport& other) const;
};

}  // namespace loadcurve
