#pragma once

#include <memory>
#include <optional>
#include <span>

#include "base/units.h"
#include "metrics/container_resources.h"
#include "metrics/rolling_load.h"
#include "metrics/usage_source.h"
#include "scaler/scaling_profile.h"
#include "scaler/sizing_advice.h"

namespace loadcurve {

// The advice on what the replicas of one workload ask for, made anew from time to time. What it is
// made of is read from the source each time, so nothing is lost with the process. Not thread-safe.
class RightSizer {
 public:
  static constexpr Duration kEvery = std::chrono::hours(1);
  static constexpr Duration kAgainAfter = std::chrono::minutes(10);  // where it could not be read

  // The first time is later by `offset`, so that many workloads do not ask at once.
  RightSizer(std::unique_ptr<UsageSource> usage, Duration offset);

  // Whether it is time to look.
  bool IsDue(TimePoint now);

  // What is known of the workload.
  struct Present {
    TimePoint now;
    const ScalingProfile& profile;  // with the capacity that is planned with; asks for advice
    const RollingLoad& load;
    std::span<const ContainerResources> resources{};
    Replicas replicas{};
  };
  // Reads the use and makes the advice; what was advised before stands where it cannot be read.
  void Look(const Present& present);

  // As of the last look.
  const SizingAdvice& advice() const { return advice_; }

 private:
  std::unique_ptr<UsageSource> usage_;
  Duration offset_;
  std::optional<TimePoint> next_;
  SizingAdvice advice_;
};

// The windows that use is looked at in: 5 min, or the step of the load where that is longer, and a
// multiple of it always.
Duration SizingWindow(Duration step);

// What AdviseSizes needs of a profile that has a capacity; the rest is the caller's.
struct SizingInputs;
SizingInputs SizingInputsOf(const ScalingProfileFields& fields);

}  // namespace loadcurve
