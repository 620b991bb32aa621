#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <span>

namespace loadcurve {

// The value of rank (n + 1) level among `count` = n sorted ones, at least one, of which at(i) is
// the one of rank i + 1; between two of them in a straight line. It is not exceeded by a new one
// with that probability, whatever the distribution. Beyond the most extreme of them the tail goes
// on as that of a logistic distribution does.
template <typename At>
double RankedQuantile(std::size_t count, double level, const At& at) {
  const auto n = static_cast<double>(count);
  const double rank = (n + 1) * level;
  if (rank >= 1 && rank <= n) {
    const auto below = static_cast<std::size_t>(rank) - 1;
    const double share = rank - std::floor(rank);
    const double value = at(below);
    return value + share * (at(std::min(below + 1, count - 1)) - value);
  }
  const auto logit = [](double p) { return std::log(p / (1 - p)); };
  const double middle = (at((count - 1) / 2) + at(count / 2)) / 2;
  const double stretch = std::abs(logit(level)) / std::max(0.5, logit(n / (n + 1)));
  return middle + (at(rank < 1 ? 0 : count - 1) - middle) * stretch;
}

inline double RankedQuantile(std::span<const double> sorted, double level) {
  return RankedQuantile(sorted.size(), level, [&](std::size_t i) { return sorted[i]; });
}

}  // namespace loadcurve
