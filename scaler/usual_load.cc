#include "scaler/usual_load.h"

#include <algorithm>
#include <cmath>

#include "scaler/step_start.h"

namespace loadcurve {
namespace {

constexpr Duration kBefore[] = {std::chrono::days(1), std::chrono::days(7)};

std::optional<double> MeanBetween(const RollingLoad& load, TimePoint from, TimePoint to) {
  const auto series = load.Between(from, to);
  if (!series) return std::nullopt;
  double sum = 0;
  std::size_t count = 0;
  for (const double value : series->values()) {
    if (std::isnan(value)) continue;
    sum += value;
    ++count;
  }
  return count == 0 ? std::nullopt : std::optional(sum / static_cast<double>(count));
}

}  // namespace

std::optional<MetricsQps> UsualLoadAt(const RollingLoad& load, TimePoint start) {
  std::optional<MetricsQps> least;
  for (const Duration ago : kBefore) {
    const auto then = load.At(start - ago);
    if (then) least = std::min(least.value_or(*then), *then);
  }
  return least;
}

Ratio UsualFall(const RollingLoad& load, TimePoint now) {
  const Duration block = std::max(Duration(std::chrono::minutes(10)), load.step());
  Ratio largest(0);
  for (const Duration ago : kBefore) {
    const TimePoint from = StepStart(now - ago, load.step()) - 2 * block;
    std::optional<double> highest;
    for (int i = 0; i < 4; ++i) {
      const auto mean = MeanBetween(load, from + i * block, from + (i + 1) * block);
      if (!mean) continue;
      highest = std::max(highest.value_or(*mean), *mean);
      if (*highest > 0) largest = std::max(largest, Ratio(1 - *mean / *highest));
    }
  }
  return largest;
}

}  // namespace loadcurve
