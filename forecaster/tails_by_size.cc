#include "forecaster/tails_by_size.h"

#include <algorithm>
#include <cmath>

namespace loadcurve {
namespace {

constexpr std::size_t kFewestToPart = 400;
constexpr int kParts = 3;
constexpr double kReach = 2.5 / 12;  // of all errors, to either side of the middle of a part

constexpr std::size_t kMedian = 3;  // of kTailLevels
static_assert(kTailLevels[kMedian] == 0.5);

TailQuantiles TailOf(std::span<const SizedError> part) {
  std::vector<double> errors;
  errors.reserve(part.size());
  for (const SizedError& error : part) errors.push_back(error.error);
  return TailQuantilesOf(errors);
}

}  // namespace

TailsBySize::TailsBySize(std::span<const SizedError> errors) {
  if (errors.size() < kFewestToPart) {
    tails_.push_back({0, TailOf(errors)});
    return;
  }
  std::vector<SizedError> sorted(errors.begin(), errors.end());
  std::ranges::stable_sort(sorted, {}, &SizedError::size);
  const auto all = static_cast<double>(sorted.size());
  const double median = TailOf(errors)[kMedian];
  for (int i = 0; i < kParts; ++i) {
    const double middle = (kReach + i * (0.5 - kReach)) * all;
    const auto from = static_cast<std::size_t>(std::max(0.0, middle - kReach * all));
    const auto count = std::min(sorted.size() - from, static_cast<std::size_t>(2 * kReach * all));
    tails_.push_back({sorted[static_cast<std::size_t>(middle)].size,
                      TailOf(std::span(sorted).subspan(from, count))});
    TailQuantiles& quantiles = tails_.back().quantiles;
    const double shift = median - quantiles[kMedian];
    for (double& quantile : quantiles) quantile += shift;
  }
}

TailQuantiles TailsBySize::At(double size) const {
  if (size <= tails_.front().size) return tails_.front().quantiles;
  if (size >= tails_.back().size) return tails_.back().quantiles;
  const auto above = std::ranges::upper_bound(tails_, size, {}, &Tail::size);
  const auto below = above - 1;
  const double share = (size - below->size) / (above->size - below->size);
  TailQuantiles quantiles{};
  for (std::size_t i = 0; i < quantiles.size(); ++i)
    quantiles[i] = below->quantiles[i] + share * (above->quantiles[i] - below->quantiles[i]);
  return quantiles;
}

}  // namespace loadcurve
