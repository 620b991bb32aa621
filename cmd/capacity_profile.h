#pragma once

#include <optional>
#include <string>

#include "base/result.h"
#include "metrics/calibration.h"
#include "metrics/capacity/bottleneck.h"
#include "metrics/capacity/capacity_change.h"
#include "metrics/capacity/ramp_result.h"
#include "scaler/scaling_profile.h"

namespace loadcurve {

// The one profile of a file, and its text; absent where there is no such file. kInvalidArgument
// where it is wrong or there are several in it.
struct KeptProfile {
  std::string text;
  ScalingProfile profile;
};
[[nodiscard]] Result<std::optional<KeptProfile>> ReadKeptProfile(const std::string& path);

// What a profile held before, against what was found now.
struct ProfileComparison {
  ReplicaCapacity before;  // at all of what binds
  ReplicaCapacity after;   // in the same weights
  CapacityComparison change;
  std::string method;  // by which `before` was found: "ramp", "production"; empty: not told
  std::string since;   // when that was, RFC 3339; empty where it is not told
  std::string target_version;
};

// Absent where the profile holds no capacity. `after` is measured in the profile's weights;
// `is_at_least`: more than it was not tried.
std::optional<ProfileComparison> CompareWith(const ScalingProfile& profile,
                                             const ReplicaCapacity& after,
                                             bool is_at_least = false);

// A capacity as a profile is to keep it.
struct CapacityFound {
  ReplicaCapacity capacity;
  // That the capacity is measured in, and what is told of them.
  const WorkloadCalibration& calibration;
  std::string method;  // "ramp", "production"
  Bottleneck bottleneck = Bottleneck::kUnknown;
  TimePoint at;
  std::string name{};  // of a new profile, made a DNS label; empty: "workload"
  std::string target_version{};
  std::string duration_source{};
};

// What a ramp found. kInsufficientData where that is no capacity. `result` outlives it.
[[nodiscard]] Result<CapacityFound> FoundByRamp(const RampResult& result, TimePoint at);

// `before` with capacity, weights and status of what was found, or a new profile. The annotations
// loadcurve.dev/METHOD-time, -bottleneck and -target-version tell of it; those of another method
// go, since its capacity does.
[[nodiscard]] Result<ScalingProfile> WithCapacity(const std::optional<KeptProfile>& before,
                                                  const CapacityFound& found);

// The text of `before` with `after` in it: the parts that changed are exchanged, comments and all
// else stay. Absent where that is not possible (a text in flow style, say): then only what
// WriteProfiles makes is right.
std::optional<std::string> Edited(const std::string& before, const ScalingProfile& after);

// Writes `after` to `path`: as Edited where that is possible, else anew, which is told on stderr.
[[nodiscard]] Result<void> WriteKeptProfile(const std::string& path,
                                            const std::optional<KeptProfile>& before,
                                            const ScalingProfile& after);

}  // namespace loadcurve
