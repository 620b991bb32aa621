#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "base/units.h"

namespace loadcurve::plot {

enum class Mark { kLine, kArea };

// One value a step, >= 0; NaN leaves a gap, and a short line ends early.
struct Line {
  std::string name;
  std::vector<double> values;
  Mark mark = Mark::kLine;
};

// What lies between two lines: the quantiles of a forecast. NaN leaves a gap.
struct Band {
  std::string name;
  std::vector<double> low;
  std::vector<double> high;
};

// Numbers from zero up to `most` along the horizontal axis.
struct ValueAxis {
  std::string unit;
  double most = 0;  // > 0
};

// Lines and bands over one span of time, or of numbers, and one axis from zero up.
struct Chart {
  std::string title;
  std::string unit;  // of the axis; may be empty
  TimePoint start{};
  Duration step{0};  // > 0
  std::vector<Line> lines;
  std::vector<Band> bands;
  // Where the past ends and the forecast begins, as an index into the values.
  std::optional<std::size_t> divider = std::nullopt;
  // What the values stand along instead of time; `start` and `step` then mean nothing.
  std::optional<ValueAxis> along = std::nullopt;

  // Steps of the longest line or band; 0 where there is nothing to draw.
  std::size_t StepCount() const;
  // Lines are coloured in their order, and bands like the last line: their middle.
  int BandColor() const;
  // The largest value; 0 where there is none.
  double Highest() const;
};

}  // namespace loadcurve::plot
