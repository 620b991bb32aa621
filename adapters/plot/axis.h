#pragma once

#include <span>
#include <string>
#include <vector>

#include "adapters/plot/chart.h"
#include "base/units.h"

namespace loadcurve::plot {

// The smallest round number (1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 8 times a power of ten) that
// is not below `highest`; 1 where `highest` is not above zero.
double RoundCeiling(double highest);

// "0.25", "1.5k", "20M": at most four characters before the sign of the thousands.
std::string AxisNumber(double value);

// A place on the horizontal axis and what stands there.
struct AxisTick {
  double position = 0;  // share of the span, in [0, 1]
  std::string label;    // UTC: "15:04:30", "15:04" or "11-23", as fine as the ticks are
};

// Ticks at round times within [start, end], at most `most` of them (at least 1).
std::vector<AxisTick> TimeTicks(TimePoint start, TimePoint end, int most);

// Ticks at round numbers within [0, end], at most `most` of them and one.
std::vector<AxisTick> ValueTicks(double end, int most);

// The horizontal axis of a chart: its ticks, and in what unit they are: "UTC" for times.
std::vector<AxisTick> TicksOf(const Chart& chart, int most);
std::string TickUnit(const Chart& chart);

// `values` brought to `width` points: means where they are many, straight lines between
// them where they are few. A point without a value near it is NaN. `count` is how many
// values span the whole width; values beyond the last are missing.
std::vector<double> Resample(std::span<const double> values, std::size_t count, std::size_t width);

}  // namespace loadcurve::plot
