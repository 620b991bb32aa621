#pragma once

#include <cstdint>
#include <map>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "adapters/kube/condition_status.h"
#include "base/units.h"
#include "scaler/adopted_calibration.h"
#include "scaler/capacity_report.h"
#include "scaler/parked_capacity.h"
#include "scaler/replica_decision.h"
#include "scaler/rollout_state.h"
#include "scaler/scaling_profile.h"
#include "scaler/sizing_advice.h"
#include "scaler/speed_report.h"

namespace loadcurve::kube {

enum class ProfileConditionType {
  kMeasured,     // requests are counted
  kCalibrated,   // a capacity is known
  kForecasting,  // there is a forecast to decide on
  kActive,       // decisions are made and served
  kAtLimit,      // a bound or step limit holds the count
  kStale,        // measurements are too old to shrink on
  kPaused,       // a person asked for the count to stay as it is
  kDoubtful,     // the present evidence lets nothing shrink
  kFleetBraked,  // the fleet's brake holds the count
  kRollingOut,   // pods of two revisions run, and nothing shrinks
  kManagedHpa,   // the HPA that Loadcurve keeps is there; absent where it keeps none
};

// "Measured", ... "Paused", "Doubtful", "FleetBraked", "RollingOut", "ManagedHPA".
std::string_view Name(ProfileConditionType type);

struct DecisionStatus {
  TimePoint time{};  // when `desired` became this; Settled() keeps it
  Replicas current{};
  Replicas desired{};
  std::vector<DecisionReason> reasons{};

  bool operator==(const DecisionStatus&) const = default;
};

// The status of a ScalingProfile: what a person sees of it in the cluster.
struct ProfileStatus {
  std::int64_t observed_generation = 0;
  std::optional<MetricsQps> load{};
  std::optional<MetricsQps> forecast{};
  std::optional<DecisionStatus> decision{};
  std::map<ProfileConditionType, ProfileCondition> conditions{};
  std::optional<CalibrationStatus> calibration{};
  // Of a profile that asks for it; StatusOf has it from the loop.
  std::optional<CalibrationReport> online_calibration{};
  // Of a profile whose capacity is watched.
  std::optional<CapacityReport> capacity{};
  // Of a profile that asks how fast instances are.
  std::optional<SpeedReport> speeds{};
  // Of a profile whose rollout is not simply Full.
  std::optional<RolloutState> rollout{};
  // Of a profile whose scale-in is watched.
  std::optional<ParkedState> parked{};
  // Of a profile that asks for advice on what its containers ask for.
  std::optional<SizingAdvice> advice{};

  bool operator==(const ProfileStatus&) const = default;
};

// As the CRD has it; loads to three digits, times to the second.
nlohmann::json ToJson(const ProfileStatus& status);

// What ToJson wrote; what others put there is passed over.
ProfileStatus ProfileStatusFrom(const nlohmann::json& status);

// Whether a person would see a difference: another generation, count, last stage, condition or
// reason. Words with numbers in them do not count, else every step would be a write.
bool IsNews(const ProfileStatus& written, const ProfileStatus& next);

// Whether a load went by a fifth or more from what is written; worth a write when there is
// time for one.
bool HasMoved(const ProfileStatus& written, const ProfileStatus& next);

// `next` as it is to be written after `written`: times of what did not change stay, and so do
// a calibration that `next` does not speak of and advice that a new process has yet to make.
ProfileStatus Settled(const ProfileStatus& written, ProfileStatus next);

}  // namespace loadcurve::kube
