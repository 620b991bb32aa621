#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace loadcurve {

// At each step the mean of what is measured in the window of `width` > 0 steps around it; at the
// ends that of the first and of the last window. NaN is missing; where nothing is measured, the
// mean before.
std::vector<double> LocalTrend(std::span<const double> values, std::size_t width);

}  // namespace loadcurve
