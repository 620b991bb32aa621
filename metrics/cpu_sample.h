#pragma once

#include <optional>

#include "base/units.h"

namespace loadcurve {

// CPU really used by a workload over a stretch of time.
struct CpuSample {
  TimePoint from;             // exclusive
  TimePoint to;               // inclusive
  CpuCores used;              // mean over the stretch, >= 0
  bool is_throttled = false;  // the quota held it back: it wanted more than it got
  // Whose CPU `used` adds up: a fit is of one of them. 1 where the count is the same throughout
  // and CalibrationOptions has it.
  Replicas replicas{1};
  // That were ready all the time; absent where it is not known, or changed.
  std::optional<Replicas> ready{};
};

}  // namespace loadcurve
