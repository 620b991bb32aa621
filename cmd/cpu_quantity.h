#pragma once

#include <string_view>

#include "base/result.h"
#include "base/units.h"

namespace loadcurve {

// A CPU quantity as it stands in a pod: "250m", "0.5", "2". kInvalidArgument unless > 0.
[[nodiscard]] Result<CpuCores> ParseCpuQuantity(std::string_view text);

}  // namespace loadcurve
