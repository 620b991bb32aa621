#pragma once

#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "adapters/plot/svg_plot.h"

namespace loadcurve::plot {

// What one thing costs in terms of another: points (x, y), x rising.
struct TradeOff {
  std::string name;
  std::vector<std::pair<double, double>> points;
  bool is_strong = false;  // drawn thick
};

// Curves over a logarithmic x from `least_x` > 0 to the highest x below `most_x`; smaller ones, 0
// included, stand at its left end. y is linear between the values that are seen there, `most_y` at
// most: what is higher is left out, and a curve of which nothing remains is said to be beyond. One
// of which a single point remains is a dot.
struct TradeOffChart {
  std::string title;
  std::string x_title;
  std::string y_title;
  double least_x = 1e-4;
  double most_x = 0.1;
  double most_y = std::numeric_limits<double>::infinity();
  std::vector<TradeOff> curves;
};

// A picture that stands alone, with a legend at the right.
std::string ToSvg(const TradeOffChart& chart, const SvgOptions& options);

}  // namespace loadcurve::plot
