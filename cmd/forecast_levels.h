#pragma once

#include <string>
#include <vector>

#include "base/result.h"

namespace loadcurve {

// The parts of "a, b,c", without blanks.
std::vector<std::string> SplitAtCommas(const std::string& text);

// Levels as they stand behind --levels; kInvalidArgument where one is no number between 0 and 1 or
// does not rise.
[[nodiscard]] Result<std::vector<double>> ParseLevels(const std::vector<std::string>& names);

}  // namespace loadcurve
