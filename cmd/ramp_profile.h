#pragma once

#include <optional>
#include <string>

#include "base/result.h"
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

// What a profile held before, against what the ramp found.
struct ProfileComparison {
  ReplicaCapacity before;  // at all of what binds
  ReplicaCapacity after;   // in the same weights
  CapacityComparison change;
  std::string since;  // when `before` was found, RFC 3339; empty where it is not told
  std::string target_version;
};

// Absent where the profile holds no capacity, or the ramp found none. `before` and `after` are
// both measured in the profile's weights.
std::optional<ProfileComparison> CompareWith(const ScalingProfile& profile,
                                             const RampResult& result,
                                             const ReplicaCapacity& after_in_its_weights);

struct ProfileFactsOfRamp {
  TimePoint at;
  std::string target_version;
  std::string duration_source;
};

// `before` with the capacity, weights and status that the ramp found, or a new profile. The
// annotations loadcurve.dev/ramp-time, -bottleneck and -target-version tell of it.
// kInsufficientData where the ramp found no capacity.
[[nodiscard]] Result<ScalingProfile> WithResult(const std::optional<KeptProfile>& before,
                                                const RampResult& result,
                                                const ProfileFactsOfRamp& facts);

// The text of `before` with `after` in it: the parts that changed are exchanged, comments and all
// else stay. Absent where that is not possible (a text in flow style, say): then only what
// WriteProfiles makes is right.
std::optional<std::string> Edited(const std::string& before, const ScalingProfile& after);

}  // namespace loadcurve
