#pragma once

#include <span>
#include <string>
#include <vector>

#include "base/units.h"

namespace loadcurve::plot {

// The smallest round number (1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 8 times a power of ten) that
// is not below `highest`; 1 where `highest` is not above zero.
double RoundCeiling(double highest);

// "0.25", "1.5k", "20M": at most four characters before the sign of the thousands.
std::string AxisNumber(double value);

// A place on the time axis and what stands there.
struct TimeTick {
  double position = 0;  // share of the span, in [0, 1]
  std::string label;    // UTC: "15:04:30", "15:04" or "11-23", as fine as the ticks are
};

// Ticks at round times within [start, end], at most `most` of them (at least 1).
std::vector<TimeTick> TimeTicks(TimePoint start, TimePoint end, int most);

// `values` brought to `width` points: means where they are many, straight lines between
// them where they are few. A point without a value near it is NaN. `count` is how many
// values span the whole width; values beyond the last are missing.
std::vector<double> Resample(std::span<const double> values, std::size_t count, std::size_t width);

}  // namespace loadcurve::plot
