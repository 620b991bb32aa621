#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace loadcurve {

// The means of each `width` > 0 steps of a load, the last of which ends it; steps before the first
// whole part are left out. NaN where none of a part is measured.
std::vector<double> PartMeans(std::span<const double> loads, std::size_t width);

}  // namespace loadcurve
