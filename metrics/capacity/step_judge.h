#pragma once

#include <cstddef>

#include "base/units.h"
#include "metrics/capacity/ramp_step.h"

namespace loadcurve {

// What a step may show and still count as carried.
struct CarriedLimits {
  Ratio allowed_late{0.05};    // of the requests to one replica: 1 - the level of the quantile
  Ratio late_replicas{0.1};    // so many replicas late, and at least one, is too many
  Ratio allowed_errors{0.01};  // of the requests to all replicas
  // So many intervals with requests and without any answer are a death; longer than an answer that
  // is only late takes.
  std::size_t silent_intervals = 3;
};

// Judges the step that is held, as far as it has come, and where it could, sets the interval that
// it is steady from. kOpen: hold on, it cannot be told yet. A step is judged once it is steady and
// its late requests are clearly few or clearly many; at the latest after 12 intervals while it
// grows, and after 30 where it is refined; there no interval counts for more than 4 independent
// requests.
//
// kDied: a replica ended or began anew, or nothing was answered for `silent_intervals`.
// kErrors: in the last three intervals errors are clearly above what is allowed.
// kSaturated: in the last four intervals less than 0.85 of what came was answered.
StepVerdict JudgeStep(RampStep& step, const CarriedLimits& limits);

// True where the last two intervals, or as many as three requests came in, show replicas at ease:
// they live, answer as much as comes, without errors and, where `is_in_time`, in time.
bool IsAtEase(const RampStep& step, const CarriedLimits& limits, bool is_in_time);

// True where `count` intervals in a row, the last ones, had requests and no answer.
bool IsSilent(const RampStep& step, std::size_t count);

}  // namespace loadcurve
