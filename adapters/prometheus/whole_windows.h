#pragma once

#include <cstdint>

#include "base/result.h"
#include "base/units.h"

namespace loadcurve::prometheus {

// Windows of one length, one after the other, that start at whole multiples of it since 1970.
struct WholeWindows {
  TimePoint start;
  Duration step{0};
  std::int64_t count = 0;

  // Of the window with that number, from 0; of `count`, the end of the last.
  TimePoint StartOf(std::int64_t window) const { return start + step * window; }
};

// Those that lie wholly within [since, until). kInvalidArgument where there is none, or the step
// is not positive.
[[nodiscard]] Result<WholeWindows> WholeWindowsIn(TimePoint since, TimePoint until, Duration step);

}  // namespace loadcurve::prometheus
