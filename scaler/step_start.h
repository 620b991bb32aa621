#pragma once

#include "base/units.h"

namespace loadcurve {

// The last whole multiple of `step` since 1970 at `time` or before.
inline TimePoint StepStart(TimePoint time, Duration step) {
  const Duration past = time.time_since_epoch() % step;
  return time - (past < Duration(0) ? past + step : past);
}

}  // namespace loadcurve
