#pragma once

#include <optional>

#include "base/units.h"
#include "metrics/rolling_load.h"

namespace loadcurve {

// The least load at that time of the day, a day and a week before; absent where neither is known.
std::optional<MetricsQps> UsualLoadAt(const RollingLoad& load, TimePoint start);

// The largest share by which it fell within the forty minutes around that time, a day or a week
// before, in means of ten minutes, so that a single window is no fall.
Ratio UsualFall(const RollingLoad& load, TimePoint now);

}  // namespace loadcurve
