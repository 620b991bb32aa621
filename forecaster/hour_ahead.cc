#include "forecaster/hour_ahead.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace loadcurve {
namespace {

constexpr std::size_t kFewestStepsOfDay = 288;
constexpr std::size_t kHoursADay = 24;

// 0, 1, 2, 4, 7, 11 ... and the last step.
std::vector<std::size_t> AnchorsFor(std::size_t horizon) {
  std::vector<std::size_t> anchors;
  for (std::size_t ahead = 0; ahead + 1 < horizon; ahead += 1 + ahead / 2) anchors.push_back(ahead);
  anchors.push_back(horizon - 1);
  return anchors;
}

}  // namespace

HourAhead::HourAhead(Options options)
    : options_(std::move(options)),
      anchors_(AnchorsFor(options_.horizon)),
      model_({options_.day, anchors_, options_.floor, ShapeReach::kHour}) {}

bool HourAhead::Fits(std::size_t day, std::size_t horizon) {
  return day >= kFewestStepsOfDay && horizon >= 1 && horizon <= day / kHoursADay;
}

std::vector<double> HourAhead::Paths() const {
  const std::size_t width = options_.levels.size();
  std::vector<double> paths(options_.horizon * width);
  std::vector<double> before = model_.LoadsAt(0, options_.levels);
  std::copy(before.begin(), before.end(), paths.begin());
  for (std::size_t i = 1; i < anchors_.size(); ++i) {
    const std::vector<double> next = model_.LoadsAt(i, options_.levels);
    const auto steps = static_cast<double>(anchors_[i] - anchors_[i - 1]);
    for (std::size_t ahead = anchors_[i - 1] + 1; ahead <= anchors_[i]; ++ahead) {
      const double share = static_cast<double>(ahead - anchors_[i - 1]) / steps;
      for (std::size_t level = 0; level < width; ++level)
        paths[ahead * width + level] =
            std::exp((1 - share) * std::log(before[level]) + share * std::log(next[level]));
    }
    before = next;
  }
  // Lines between rising paths rise too, but for what rounding leaves.
  for (std::size_t i = 0; i < paths.size(); ++i)
    if (i % width != 0) paths[i] = std::max(paths[i], paths[i - 1]);
  return paths;
}

}  // namespace loadcurve
