#include "forecaster/error_tail.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace loadcurve {
namespace {

constexpr std::size_t kFewestErrors = 50;
constexpr double kFewestBeyond = 3;
// So many levels before the last one that is known give the slope of the tail.
constexpr std::size_t kSlopeLevels = 4;

double LogBeyond(std::size_t i) {
  return std::log(1 - kTailLevels[i]);
}

TailQuantiles Laplace() {
  TailQuantiles quantiles{};
  for (std::size_t i = 0; i < quantiles.size(); ++i) {
    const double level = kTailLevels[i];
    const double size = -std::log(2 * std::min(level, 1 - level)) / std::numbers::sqrt2;
    quantiles[i] = level < 0.5 ? -size : size;
  }
  return quantiles;
}

double QuantileOf(std::span<const double> sorted, double level) {
  const double rank = level * static_cast<double>(sorted.size() - 1);
  const auto below = static_cast<std::size_t>(rank);
  const std::size_t above = std::min(below + 1, sorted.size() - 1);
  return sorted[below] + (rank - std::floor(rank)) * (sorted[above] - sorted[below]);
}

}  // namespace

TailQuantiles TailQuantilesOf(std::span<double> errors) {
  if (errors.size() < kFewestErrors) return Laplace();
  std::sort(errors.begin(), errors.end());
  TailQuantiles quantiles{};
  std::size_t known = 0;
  while (known < quantiles.size() &&
         (1 - kTailLevels[known]) * static_cast<double>(errors.size()) >= kFewestBeyond) {
    quantiles[known] = QuantileOf(errors, kTailLevels[known]);
    ++known;
  }
  const std::size_t last = known - 1;
  const std::size_t from = last - std::min(last, kSlopeLevels);
  const double slope =
      std::max(quantiles[last] - quantiles[from], 1e-6) / (LogBeyond(from) - LogBeyond(last));
  for (std::size_t i = known; i < quantiles.size(); ++i)
    quantiles[i] = quantiles[last] + slope * (LogBeyond(last) - LogBeyond(i));
  return quantiles;
}

}  // namespace loadcurve
