#include "adapters/plot/chart.h"

#include <algorithm>
#include <cmath>
#include <span>

namespace loadcurve::plot {
namespace {

double HighestOf(std::span<const double> values) {
  double highest = 0;
  for (const double value : values) {
    if (std::isfinite(value)) highest = std::max(highest, value);
  }
  return highest;
}

}  // namespace

std::size_t Chart::StepCount() const {
  std::size_t count = 0;
  for (const Line& line : lines) count = std::max(count, line.values.size());
  for (const Band& band : bands) count = std::max({count, band.low.size(), band.high.size()});
  return count;
}

int Chart::BandColor() const {
  return lines.empty() ? 0 : static_cast<int>(lines.size()) - 1;
}

double Chart::Highest() const {
  double highest = 0;
  for (const Line& line : lines) highest = std::max(highest, HighestOf(line.values));
  for (const Band& band : bands) highest = std::max(highest, HighestOf(band.high));
  return highest;
}

}  // namespace loadcurve::plot
