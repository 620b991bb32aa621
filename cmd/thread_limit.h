#pragma once

#include <tbb/global_control.h>

#include <memory>

#include "base/result.h"

namespace loadcurve {

// Keeps the process to as many threads as LOADCURVE_THREADS says, for as long as the value
// lives; null, and all cores, where it is unset or empty. Anything but a whole number
// from 1 to 1024 is kInvalidArgument.
[[nodiscard]] Result<std::unique_ptr<tbb::global_control>> LimitThreads();

}  // namespace loadcurve
