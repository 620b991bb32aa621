#pragma once

#include "base/units.h"

namespace loadcurve::capacity {

// A node that is lost costs as much as an hour of it: it is paid for twice while its replacement
// boots, its pods start again with cold caches, and somebody is served late.
inline constexpr double kHoursPerLoss = 1;

// What a price is to be taken times: dearer by the risk of being lost, cheaper by the load that a
// pod carries here over what it carries elsewhere. `losses_per_hour` >= 0, `speed` > 0.
inline double RiskFactor(double losses_per_hour, double speed) {
  return (1 + losses_per_hour * kHoursPerLoss) / speed;
}

}  // namespace loadcurve::capacity
