#pragma once

#include <string>
#include <vector>

#include "adapters/spot_trace/spot_trace_file.h"
#include "base/result.h"

namespace loadcurve {

// Spot traces taken over the same time, cut to the shortest. kInvalidArgument names the file that
// cannot be read, or whose step is another than that of the first. At least one path.
[[nodiscard]] Result<std::vector<spot_trace::TraceFile>> ReadTraces(
    const std::vector<std::string>& paths);

}  // namespace loadcurve
