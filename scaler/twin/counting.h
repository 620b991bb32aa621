#pragma once

#include <algorithm>
#include <cmath>

#include "base/units.h"

namespace loadcurve::twin {

// The fewest replicas for a load in replicas, at least one: 4.2 needs 5. A hair above a whole
// number, as binary arithmetic leaves it, is that number.
inline Replicas CountFor(double load) {
  constexpr double kRoundingError = 1e-9;
  constexpr double kMost = 1e6;
  return Replicas(
      static_cast<std::int64_t>(std::clamp(std::ceil(load * (1 - kRoundingError)), 1.0, kMost)));
}

}  // namespace loadcurve::twin
