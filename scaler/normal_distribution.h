#pragma once

namespace loadcurve {

// The probability that a standard normal variable is below `value`.
double NormalBelow(double value);

// The value below which it is with probability `level`, in (0, 1); -10 and 10 at the ends.
double NormalQuantile(double level);

}  // namespace loadcurve
