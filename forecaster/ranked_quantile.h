#pragma once

#include <span>

namespace loadcurve {

// The value of rank (n + 1) level among n that are sorted, at least one; between two of them in a
// straight line. It is not exceeded by a new one with that probability, whatever the distribution.
// Beyond the most extreme of them the tail goes on as that of a logistic distribution does.
double RankedQuantile(std::span<const double> sorted, double level);

}  // namespace loadcurve
