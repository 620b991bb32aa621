#include "forecaster/hour_ahead.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace loadcurve {
namespace {

constexpr std::size_t kFewestStepsOfDay = 288;
constexpr std::size_t kHoursADay = 24;

constexpr double kCoursePenalty = 0.2;
constexpr double kSpreadPenalty = 0.2;
constexpr double kHalfLifeDays = 5;
constexpr std::size_t kErrorDays = 10;
constexpr std::size_t kFitsADay = 4;
constexpr std::size_t kFewestMoments = 24;

// A load is expected, and missed, by no more than this: a factor of 4.5. A target counts as at
// most so many scales from what was expected.
constexpr double kFurthest = 1.5;
constexpr double kMostScales = 3;
constexpr double kFirstScale = 0.1;
constexpr double kLeastScale = 0.005;
constexpr double kMostScale = 2;
// Scales below this weigh the same, and what is missed is known no better.
constexpr double kLeastWeighed = 0.02;
constexpr double kLeastMiss = 0.01;
// Of the mean load, where there is no noise.
constexpr double kLeastOffset = 0.0025;
constexpr double kSmallestOffset = 1e-9;

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
      shapes_({options_.day, options_.horizon, options_.offset}, anchors_),
      next_fit_(kFewestMoments * shapes_.every() + options_.horizon) {
  const std::size_t kept = std::max<std::size_t>(1, kErrorDays * options_.day / shapes_.every());
  for (std::size_t i = 0; i < anchors_.size(); ++i)
    distances_.push_back({FadingRidge(shapes_.course_rows(), kCoursePenalty),
                          FadingRidge(shapes_.spread_rows(), kSpreadPenalty),
                          AdaptedQuantiles(options_.levels, kept)});
}

bool HourAhead::Fits(std::size_t day, std::size_t horizon) {
  return day >= kFewestStepsOfDay && horizon >= 1 && horizon <= day / kHoursADay;
}

double HourAhead::OffsetFor(std::span<const double> loads) {
  double sum = 0;
  double count = 0;
  double squares = 0;
  double pairs = 0;
  double before = std::nan("");
  for (const double load : loads) {
    if (!std::isnan(load)) {
      sum += load;
      ++count;
    }
    if (!std::isnan(load - before)) {
      squares += (load - before) * (load - before);
      ++pairs;
    }
    before = load;
  }
  if (!(sum > 0) || pairs == 0) return kSmallestOffset;
  const double mean = sum / count;
  return std::max(squares / pairs / 2 / mean, kLeastOffset * mean);
}

std::vector<HourAhead::Expected> HourAhead::Expect(const HourShape& shape) const {
  std::vector<Expected> expected(anchors_.size(), {shape.level, kFirstScale});
  for (std::size_t i = 0; fits_ > 0 && i < anchors_.size(); ++i) {
    const auto column = static_cast<Eigen::Index>(i);
    expected[i].center +=
        std::clamp(distances_[i].course.At(shape.courses.col(column)), -kFurthest, kFurthest);
    if (fits_ > 1)
      expected[i].scale = std::clamp(std::exp(distances_[i].spread.At(shape.spreads.col(column))),
                                     kLeastScale, kMostScale);
  }
  return expected;
}

void HourAhead::Learn(std::size_t index, const Moment& moment, double log_load) {
  Distance& distance = distances_[index];
  const auto column = static_cast<Eigen::Index>(index);
  const auto [center, scale] = moment.expected[index];
  const double level = moment.shape.level;
  double target = std::clamp(log_load - level, -kFurthest, kFurthest);
  if (fits_ > 1) {
    const double most = kMostScales * scale;
    target = std::clamp(target, center - level - most, center - level + most);
  }
  distance.course.Add(moment.shape.courses.col(column), target, 1 / std::max(scale, kLeastWeighed));
  if (fits_ == 0) return;
  const double error = std::clamp(log_load - center, -kFurthest, kFurthest);
  distance.spread.Add(moment.shape.spreads.col(column), std::log(std::abs(error) + kLeastMiss), 1);
  if (fits_ > 1) distance.quantiles.Add(error / scale);
}

void HourAhead::Judge(double load) {
  if (std::isnan(load)) return;
  const double log_load = std::log(std::max(load, 0.0) + options_.offset);
  const std::size_t now = shapes_.past().size();
  for (const Moment& moment : moments_) {
    const auto anchor = std::lower_bound(anchors_.begin(), anchors_.end(), now - moment.at);
    if (anchor != anchors_.end() && *anchor == now - moment.at)
      Learn(static_cast<std::size_t>(anchor - anchors_.begin()), moment, log_load);
  }
}

void HourAhead::Observe(double load) {
  Judge(load);
  shapes_.Observe(load);
  const std::size_t now = shapes_.past().size();
  if (now >= next_fit_) Refit();
  while (!moments_.empty() && moments_.front().at + options_.horizon <= now) moments_.pop_front();
  if (now % shapes_.every() != 0) return;
  shapes_.Mark();
  if (!shapes_.past().is_measured()) return;
  HourShape shape = shapes_.Shape();
  std::vector<Expected> expected = Expect(shape);
  moments_.push_back({now, std::move(shape), std::move(expected)});
}

void HourAhead::Refit() {
  const std::size_t now = shapes_.past().size();
  const double days = static_cast<double>(now - last_fit_) / static_cast<double>(options_.day);
  const double share = std::exp2(-days / kHalfLifeDays);
  for (Distance& distance : distances_) {
    distance.course.Refit();
    distance.course.Fade(share);
    distance.spread.Refit();
    distance.spread.Fade(share);
  }
  ++fits_;
  last_fit_ = now;
  next_fit_ = now + std::clamp(now / kFitsADay, options_.horizon, options_.day / kFitsADay);
}

std::vector<double> HourAhead::LogsAt(std::size_t index, const Expected& expected) const {
  std::vector<double> logs = distances_[index].quantiles.Quantiles();
  for (double& value : logs)
    value = expected.center + std::clamp(value * expected.scale, -kFurthest, kFurthest);
  return logs;
}

std::vector<double> HourAhead::Paths() const {
  const std::size_t width = options_.levels.size();
  const std::vector<Expected> expected = Expect(shapes_.Shape());
  std::vector<double> paths(options_.horizon * width);
  std::vector<double> before = LogsAt(0, expected[0]);
  std::copy(before.begin(), before.end(), paths.begin());
  for (std::size_t i = 1; i < anchors_.size(); ++i) {
    const std::vector<double> next = LogsAt(i, expected[i]);
    const auto steps = static_cast<double>(anchors_[i] - anchors_[i - 1]);
    for (std::size_t ahead = anchors_[i - 1] + 1; ahead <= anchors_[i]; ++ahead) {
      const double share = static_cast<double>(ahead - anchors_[i - 1]) / steps;
      for (std::size_t level = 0; level < width; ++level)
        paths[ahead * width + level] = (1 - share) * before[level] + share * next[level];
    }
    before = next;
  }
  for (double& value : paths) value = std::max(0.0, std::exp(value) - options_.offset);
  // Lines between rising paths rise too, but for what rounding leaves.
  for (std::size_t i = 0; i < paths.size(); ++i)
    if (i % width != 0) paths[i] = std::max(paths[i], paths[i - 1]);
  return paths;
}

}  // namespace loadcurve
