#pragma once

#include <array>
#include <optional>

#include "base/units.h"
#include "forecaster/forecast.h"
#include "scaler/scaling_profile.h"

namespace loadcurve {

// The levels of NeedAhead::quantiles.
inline constexpr std::array kNeedLevels = {0.5, 0.75, 0.9, 0.95, 0.99};

// How many replicas a workload will have asked for when a node that is ordered now is ready.
struct NeedAhead {
  Replicas replicas;         // the most that is needed within the time looked ahead
  TimePoint at;              // when that begins; the time of the step where it is needed now
  TimePoint until;           // how far the look went
  Ratio level{0};            // what is needed stays at or below `replicas` with this probability
  bool is_foreseen = false;  // false: no forecast can be followed, and this is what is measured
  // The same at each of kNeedLevels, never falling.
  std::array<Replicas, kNeedLevels.size()> quantiles{};

  // No fewer are needed, at no level.
  void Raise(Replicas least, TimePoint since);

  bool operator==(const NeedAhead&) const = default;
};

// What is known when a workload is looked ahead for; what is pointed to need only live through the
// call.
struct LookAhead {
  TimePoint now;
  // From the order of a node to the node being ready. Replicas are ordered their own start-up
  // before they are needed, so the look goes a start-up further.
  Duration boot{0};
  const Forecast* forecast = nullptr;    // null: there is none
  std::optional<MetricsQps> measured{};  // the latest load; absent: nothing was measured
};

// The most of: what the forecast needs in any window until then, at the level that replicas are
// bought for; what the latest load needs; what a schedule asks for until then. With the reserve of
// the objective, and within the bounds; ceilings of schedules and the budget hold as in decisions.
// The quantile of the most is taken as the most of the quantiles: errors of a forecast within
// minutes of each other go together, and where they do not, this is a little less than the stated
// level.
//
// A forecast whose last measurement is more than kForecastSteps old is not followed. The profile
// has a capacity.
NeedAhead NeedAheadOf(const ScalingProfileFields& fields, const LookAhead& look);

}  // namespace loadcurve
