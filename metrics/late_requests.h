#pragma once

#include <cstdint>
#include <map>

#include "base/units.h"
#include "metrics/request_counts.h"

namespace loadcurve {

// Served requests that ended in one window, and how many of them were later than a target.
struct LateRequests {
  double served = 0;
  double late = 0;
};

// By window. Failed requests and those that are held open by design do not count. Within a bucket
// durations are taken as spread evenly over their logarithms; the first one begins at a quarter of
// its edge. Those of the last, which has no end, are late where the target is not beyond it.
std::map<std::int64_t, LateRequests> LateIn(const RequestCounts& counts, Duration target);

}  // namespace loadcurve
