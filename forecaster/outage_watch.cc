#include "forecaster/outage_watch.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace loadcurve {
namespace {

// Above this share of the level that broke down a load is back.
constexpr double kBackShare = 0.7;
// A load that is below that share after so many steps has a level of its own.
constexpr std::size_t kSettledSteps = 30;
constexpr double kMostChance = 0.9;
constexpr int kSecants = 3;

// Of each level.
const TailQuantiles kLogBeyond = [] {
  TailQuantiles logs{};
  for (std::size_t i = 0; i < logs.size(); ++i) logs[i] = std::log(1 - kTailLevels[i]);
  return logs;
}();

// The log of the chance that a load is above `value`, in straight lines between the levels.
double LogBeyond(const TailQuantiles& quantiles, double value) {
  const auto above = std::lower_bound(quantiles.begin() + 1, quantiles.end() - 1, value);
  const auto i = static_cast<std::size_t>(above - quantiles.begin());
  const double width = std::max(quantiles[i] - quantiles[i - 1], 1e-9);
  const double share = (value - quantiles[i - 1]) / width;
  return std::min(0.0, kLogBeyond[i - 1] + share * (kLogBeyond[i] - kLogBeyond[i - 1]));
}

struct Point {
  double value = 0;
  double log_beyond = 0;
};

// Where a falling curve, nearly straight between two points, is at `log_beyond`.
template <class Curve>
double ValueAt(double log_beyond, Point left, Point right, const Curve& curve) {
  double value = right.value;
  for (int i = 0; i < kSecants && left.log_beyond > right.log_beyond; ++i) {
    const double share = (left.log_beyond - log_beyond) / (left.log_beyond - right.log_beyond);
    value = left.value + share * (right.value - left.value);
    const Point between{value, curve(value)};
    (between.log_beyond > log_beyond ? left : right) = between;
  }
  return value;
}

}  // namespace

void OutageWatch::Observe(double level, double last_two) {
  if (is_out()) {
    ++steps_;
    if (last_two > kBackShare * before_ || steps_ > options_.longest) before_ = 0;
  }
  const bool may_break_down = levels_.size() == kFallingSteps && (!is_out() || IsSettledLower());
  if (may_break_down && levels_.front() >= options_.least_level &&
      last_two < options_.down_share * levels_.front()) {
    before_ = levels_.front();
    steps_ = 1;
  }
  levels_.push_back(level);
  if (levels_.size() > kFallingSteps) levels_.pop_front();
}

bool OutageWatch::IsSettledLower() const {
  return steps_ >= kSettledSteps && levels_.front() < kBackShare * before_;
}

double OutageWatch::ReturnChance(std::size_t ahead) const {
  if (!is_out()) return 0;
  const auto soon = static_cast<double>(ahead + 1);
  return std::min(kMostChance, soon / (static_cast<double>(steps_) + soon + 1));
}

TailQuantiles EitherOf(const TailQuantiles& first, const TailQuantiles& second, double chance) {
  const auto log_beyond = [&](double value) {
    return std::log((1 - chance) * std::exp(LogBeyond(first, value)) +
                    chance * std::exp(LogBeyond(second, value)));
  };
  std::array<Point, 2 * kTailLevels.size()> points{};
  std::array<double, 2 * kTailLevels.size()> values{};
  std::merge(first.begin(), first.end(), second.begin(), second.end(), values.begin());
  std::ranges::transform(values, points.begin(), [&](double value) {
    return Point{value, log_beyond(value)};
  });
  TailQuantiles either{};
  std::size_t right = 1;
  for (std::size_t i = 0; i < either.size(); ++i) {
    while (right + 1 < points.size() && points[right].log_beyond > kLogBeyond[i]) ++right;
    const double value = ValueAt(kLogBeyond[i], points[right - 1], points[right], log_beyond);
    either[i] = std::clamp(value, values.front(), std::max(first[i], second[i]));
    if (i > 0) either[i] = std::max(either[i], either[i - 1]);
  }
  return either;
}

}  // namespace loadcurve
