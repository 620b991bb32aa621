#include "forecaster/local_trend.h"

#include <algorithm>
#include <cmath>

namespace loadcurve {

std::vector<double> LocalTrend(std::span<const double> values, std::size_t width) {
  std::vector<double> sums(values.size() + 1, 0);
  std::vector<double> counts(values.size() + 1, 0);
  for (std::size_t i = 0; i < values.size(); ++i) {
    const bool is_known = !std::isnan(values[i]);
    sums[i + 1] = sums[i] + (is_known ? values[i] : 0);
    counts[i + 1] = counts[i] + (is_known ? 1 : 0);
  }
  std::vector<double> trend(values.size());
  const std::size_t window = std::min(width, values.size());
  double last = sums.back() / std::max(1.0, counts.back());
  for (std::size_t i = 0; i < values.size(); ++i) {
    const std::size_t from = std::min(i - std::min(i, window / 2), values.size() - window);
    const double count = counts[from + window] - counts[from];
    if (count > 0) last = (sums[from + window] - sums[from]) / count;
    trend[i] = last;
  }
  return trend;
}

}  // namespace loadcurve
