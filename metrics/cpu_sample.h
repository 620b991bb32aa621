#pragma once

#include "base/units.h"

namespace loadcurve {

// CPU really used by a workload over a stretch of time.
struct CpuSample {
  TimePoint from;             // exclusive
  TimePoint to;               // inclusive
  CpuCores used;              // mean over the stretch, >= 0
  bool is_throttled = false;  // the quota held it back: it wanted more than it got
};

}  // namespace loadcurve
