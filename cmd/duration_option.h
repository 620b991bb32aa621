#pragma once

#include <string_view>

#include "base/result.h"
#include "base/units.h"

namespace loadcurve {

// What stands behind an option, as base/time_text.h reads it; the error names the option.
[[nodiscard]] Result<Duration> DurationOf(std::string_view option, std::string_view text);

// The same; kInvalidArgument too for a duration of zero.
[[nodiscard]] Result<Duration> PositiveDurationOf(std::string_view option, std::string_view text);

}  // namespace loadcurve
