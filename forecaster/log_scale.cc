#include "forecaster/log_scale.h"

#include <limits>

namespace loadcurve {
namespace {

constexpr double kRoom = 0.2;
// Of the mean.
constexpr double kOffsetShare = 0.05;

}  // namespace

LogScale LogScale::Of(std::span<const double> loads) {
  double lowest = std::numeric_limits<double>::infinity();
  double highest = 0;
  double sum = 0;
  double count = 0;
  for (const double load : loads) {
    if (std::isnan(load)) continue;
    lowest = std::min(lowest, load);
    highest = std::max(highest, load);
    sum += std::max(load, 0.0);
    ++count;
  }
  lowest = std::max(lowest, 0.0);
  const double offset = lowest > 0 ? 0 : std::max(kOffsetShare * sum / count, 1e-9);
  return {offset, lowest * (1 - kRoom), highest * (1 + kRoom)};
}

}  // namespace loadcurve
