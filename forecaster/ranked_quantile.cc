#include "forecaster/ranked_quantile.h"

#include <algorithm>
#include <cmath>

namespace loadcurve {
namespace {

double Logit(double level) {
  return std::log(level / (1 - level));
}

}  // namespace

double RankedQuantile(std::span<const double> sorted, double level) {
  const auto count = static_cast<double>(sorted.size());
  const double rank = (count + 1) * level;
  if (rank >= 1 && rank <= count) {
    const auto below = static_cast<std::size_t>(rank) - 1;
    const double share = rank - std::floor(rank);
    const std::size_t above = std::min(below + 1, sorted.size() - 1);
    return sorted[below] + share * (sorted[above] - sorted[below]);
  }
  const double middle = (sorted[(sorted.size() - 1) / 2] + sorted[sorted.size() / 2]) / 2;
  const double stretch = std::abs(Logit(level)) / std::max(0.5, Logit(count / (count + 1)));
  return middle + ((rank < 1 ? sorted.front() : sorted.back()) - middle) * stretch;
}

}  // namespace loadcurve
