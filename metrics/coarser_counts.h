#pragma once

#include "base/result.h"
#include "metrics/request_counts.h"

namespace loadcurve {

// The same requests in wider windows: what was carried between two windows that are now one
// cancels out. `step` must be a whole multiple of the step of `counts`; anything else is
// kInvalidArgument.
[[nodiscard]] Result<RequestCounts> CoarserCounts(const RequestCounts& counts, Duration step);

}  // namespace loadcurve
