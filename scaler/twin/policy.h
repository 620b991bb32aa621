#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/units.h"
#include "scaler/scaling_profile.h"

namespace loadcurve::twin {

// What a policy knows when it is asked: the beginning of a step. Loads are in replicas: what a
// step needed divided by what one replica is thought to carry.
struct Moment {
  // One load a step, oldest first, up to the last step that is measured: as many as there are
  // steps before this one, less the delay of the metrics. At least one, finite, >= 0.
  std::span<const double> known;
  // The step that begins, counted from the start of the series: known.size() + the delay.
  std::size_t step = 0;
  Replicas total;  // asked for: ready or starting
  Replicas ready;
  Replicas least_ready;  // in the step that ended
};

// How long things take; the same for every policy.
struct Timing {
  Duration step{0};
  Duration startup{0};
  TimePoint start;              // of the series
  std::size_t delay_steps = 0;  // of the metrics
  // How long what a policy wants waits until someone acts on it.
  Duration order_delay{0};

  // Steps that a replica ordered now misses, and one that is wanted now.
  std::size_t StartupSteps() const { return StepsIn(startup); }
  std::size_t LeadSteps() const { return StepsIn(startup + order_delay); }
  TimePoint TimeAt(std::size_t index) const {
    return start + step * static_cast<std::int64_t>(index);
  }
  // At least one; 0 where a day is not a whole number of steps.
  std::size_t DaySteps() const {
    const Duration day = std::chrono::days(1);
    return day % step == Duration(0) ? static_cast<std::size_t>(day / step) : 0;
  }
  std::size_t StepsIn(Duration span) const {
    return static_cast<std::size_t>((span + step - Duration(1)) / step);
  }
};

// A rule that says how many replicas there should be. Asked once a step, in order. What it says
// may depend on the moments it was shown and on nothing else.
class Policy {
 public:
  virtual ~Policy() = default;
  virtual Replicas Wanted(const Moment& moment) = 0;
};

// A rule under all settings of its one natural knob. What the settings share, forecasts above all,
// the family has computed once, step by step, as if it stood at each step: its policies index it by
// Moment::step and refer to it, so the family outlives them.
class PolicyFamily {
 public:
  virtual ~PolicyFamily() = default;
  virtual std::string_view name() const = 0;
  // "target=0.7"; from the dearest to the cheapest or the other way round.
  virtual std::vector<std::string> KnobNames() const = 0;
  virtual std::unique_ptr<Policy> Make(std::size_t knob) const = 0;
  // True where the rule is itself a HorizontalPodAutoscaler's, which no other stands between.
  virtual bool is_hpa() const { return false; }
};

// A profile whose loads are in replicas, as InReplicas has it, and how it is called.
struct LoadcurveSetting {
  std::string name;
  ScalingProfile profile;
};

// What a family is made for.
struct FamilyInputs {
  // In replicas, the whole series, gaps filled with the last load before: finite, >= 0.
  std::span<const double> loads;
  Timing timing;
  // Where Loadcurve has one setting alone.
  std::optional<LoadcurveSetting> loadcurve{};
};

}  // namespace loadcurve::twin
