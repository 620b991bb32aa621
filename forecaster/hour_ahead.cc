#include "forecaster/hour_ahead.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
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

// One course of errors in so many moments is kept: half an hour apart.
constexpr std::size_t kMomentsACourse = 3;
constexpr std::size_t kFewestCourses = 50;

// Of what a load was, that is next to nothing; loads of fewer units of noise come near it by
// chance.
constexpr double kNothing = 0.1;
constexpr double kClearUnits = 20;
constexpr std::size_t kFewLoads = 5;

double MeanOf(const std::deque<double>& loads, std::size_t last) {
  const auto count = static_cast<std::ptrdiff_t>(std::min(last, loads.size()));
  return std::accumulate(loads.end() - count, loads.end(), 0.0) / static_cast<double>(count);
}

// After a jump all is missed by several scales, minute by minute: scales grow by how many, beyond
// what chance makes of it. Errors up to so far ahead tell soon enough.
constexpr double kUsualSurprise = 1.6;
constexpr double kSurpriseRate = 0.15;
constexpr double kMostSurprise = 10;
constexpr double kSoonMinutes = 15;

constexpr std::string_view kKind = "loadcurve hour 1";
// Of a day: steps of a tenth of a second.
constexpr std::size_t kMostStepsOfDay = 864'000;

bool AreValid(const HourAhead::Options& options) {
  double before = 0;
  for (const double level : options.levels) {
    if (!(level > before && level < 1)) return false;
    before = level;
  }
  return !options.levels.empty() && options.day <= kMostStepsOfDay &&
         HourAhead::Fits(options.day, options.horizon) && options.offset > 0 &&
         std::isfinite(options.offset);
}

}  // namespace

HourAhead::HourAhead(Options options)
    : options_(std::move(options)),
      anchors_(AnchorsFor(options_.horizon)),
      shapes_({options_.day, options_.horizon, options_.offset}, anchors_),
      courses_(options_.horizon,
               std::max<std::size_t>(kFewestCourses, kErrorDays * options_.day /
                                                         (shapes_.every() * kMomentsACourse))),
      watch_({.longest = options_.day,
              .down_share = kNothing,
              .least_level = kClearUnits * options_.offset}),
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
  std::vector<Expected> expected(anchors_.size(), {shape.level, kFirstScale, kFirstScale});
  const double growth = std::max(1.0, surprise_ / kUsualSurprise);
  for (std::size_t i = 0; fits_ > 0 && i < anchors_.size(); ++i) {
    const auto column = static_cast<Eigen::Index>(i);
    expected[i].center +=
        std::clamp(distances_[i].course.At(shape.courses.col(column)), -kFurthest, kFurthest);
    if (fits_ > 1)
      expected[i].calm_scale = std::clamp(
          std::exp(distances_[i].spread.At(shape.spreads.col(column))), kLeastScale, kMostScale);
    expected[i].scale = std::min(kMostScale, growth * expected[i].calm_scale);
  }
  return expected;
}

void HourAhead::Learn(std::size_t index, const Moment& moment, double log_load) {
  Distance& distance = distances_[index];
  const auto column = static_cast<Eigen::Index>(index);
  const auto [center, scale, calm_scale] = moment.expected[index];
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
  if (fits_ > 1 && anchors_[index] <= shapes_.past().Steps(kSoonMinutes))
    surprise_ +=
        kSurpriseRate * (std::min(std::abs(error) / calm_scale, kMostSurprise) - surprise_);
}

void HourAhead::Judge(double load) {
  if (std::isnan(load)) return;
  const double log_load = std::log(std::max(load, 0.0) + options_.offset);
  const std::size_t now = shapes_.past().size();
  for (Moment& moment : moments_) {
    if (!moment.errors.empty()) {
      const Expected at = Between(moment.expected, now - moment.at);
      moment.errors[now - moment.at] =
          static_cast<float>(std::clamp(log_load - at.center, -kFurthest, kFurthest) / at.scale);
    }
    const auto anchor = std::lower_bound(anchors_.begin(), anchors_.end(), now - moment.at);
    if (anchor != anchors_.end() && *anchor == now - moment.at)
      Learn(static_cast<std::size_t>(anchor - anchors_.begin()), moment, log_load);
  }
}

HourAhead::Expected HourAhead::Between(const std::vector<Expected>& expected,
                                       std::size_t step) const {
  const auto above = std::lower_bound(anchors_.begin(), anchors_.end(), step);
  const auto i = static_cast<std::size_t>(above - anchors_.begin());
  if (*above == step) return expected[i];
  const double share = static_cast<double>(step - anchors_[i - 1]) /
                       static_cast<double>(anchors_[i] - anchors_[i - 1]);
  return {std::lerp(expected[i - 1].center, expected[i].center, share),
          std::lerp(expected[i - 1].scale, expected[i].scale, share),
          std::lerp(expected[i - 1].calm_scale, expected[i].calm_scale, share)};
}

// Moments of which everything has come.
void HourAhead::Forget(std::size_t now) {
  while (!moments_.empty() && moments_.front().at + options_.horizon <= now) {
    if (!moments_.front().errors.empty()) courses_.Add(moments_.front().errors);
    moments_.pop_front();
  }
}

void HourAhead::Watch(double load) {
  if (std::isnan(load)) return;
  last_loads_.push_back(std::max(load, 0.0));
  if (last_loads_.size() > kFewLoads) last_loads_.pop_front();
  watch_.Observe(MeanOf(last_loads_, kFewLoads), MeanOf(last_loads_, 2));
}

void HourAhead::Observe(double load) {
  Watch(load);
  if (watch_.is_out()) load = std::numeric_limits<double>::quiet_NaN();
  Judge(load);
  shapes_.Observe(load);
  const std::size_t now = shapes_.past().size();
  if (now >= next_fit_) Refit();
  Forget(now);
  if (now % shapes_.every() != 0) return;
  shapes_.Mark();
  if (!shapes_.past().is_measured()) return;
  HourShape shape = shapes_.Shape();
  std::vector<Expected> expected = Expect(shape);
  const bool is_noted = fits_ > 1 && now / shapes_.every() % kMomentsACourse == 0;
  moments_.push_back({now, std::move(shape), std::move(expected),
                      std::vector<float>(is_noted ? options_.horizon : 0,
                                         std::numeric_limits<float>::quiet_NaN())});
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
  std::vector<double> paths = UndisturbedPaths();
  const std::size_t width = options_.levels.size();
  for (std::size_t ahead = 0; watch_.is_out() && ahead < options_.horizon; ++ahead)
    MixWithOutage(ahead, std::span(paths).subspan(ahead * width, width));
  return paths;
}

// `loads`, one a level, are those of a load that is back: by chance it stays as low as it is.
void HourAhead::MixWithOutage(std::size_t ahead, std::span<double> loads) const {
  const double stays = 1 - watch_.ReturnChance(ahead);
  const double low = MeanOf(last_loads_, 2);
  const std::vector<double> back(loads.begin(), loads.end());
  const auto& levels = options_.levels;
  for (std::size_t i = 0; i < loads.size(); ++i) {
    const double level = (levels[i] - stays) / (1 - stays);
    const auto above = std::ranges::lower_bound(levels, level);
    const auto j = static_cast<std::size_t>(above - levels.begin());
    if (levels[i] <= stays)
      loads[i] = low;
    else if (j == 0 || j == levels.size())
      loads[i] = back[j == 0 ? 0 : j - 1];
    else
      loads[i] =
          std::lerp(back[j - 1], back[j], (level - levels[j - 1]) / (levels[j] - levels[j - 1]));
    loads[i] = std::max(loads[i], i == 0 ? low : loads[i - 1]);
  }
}

std::vector<double> HourAhead::Maximum(JointErrors::Interval interval) const {
  const std::size_t width = options_.levels.size();
  std::vector<double> maxima(width, 0);
  if (courses_.size() >= kFewestCourses) {
    const std::vector<Expected> expected = Expect(shapes_.Shape());
    maxima =
        courses_.QuantilesOfMaximum(options_.levels, interval, [&](std::size_t step, double error) {
          const Expected at = Between(expected, step);
          return std::exp(at.center + std::clamp(error * at.scale, -kFurthest, kFurthest)) -
                 options_.offset;
        });
    maxima.resize(width, 0);
  }
  // The largest of several is no smaller than any of them.
  const std::vector<double> paths = UndisturbedPaths();
  for (std::size_t i = interval.first * width; i < interval.last * width; ++i)
    maxima[i % width] = std::max(maxima[i % width], paths[i]);
  if (watch_.is_out()) MixWithOutage(interval.last - 1, maxima);
  return maxima;
}

std::vector<double> HourAhead::UndisturbedPaths() const {
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

void HourAhead::Exchange(SavedState& state) {
  state.Exchange(shapes_);
  for (Distance& distance : distances_) state.Exchange(distance);
  state.Exchange(moments_, courses_, watch_, last_loads_);
  state.Exchange(surprise_, fits_, last_fit_, next_fit_);
  const std::size_t now = shapes_.past().size();
  for (const Moment& moment : moments_)
    if (moment.at > now || now - moment.at >= options_.horizon || !shapes_.Owns(moment.shape) ||
        moment.expected.size() != anchors_.size() ||
        (!moment.errors.empty() && moment.errors.size() != options_.horizon))
      state.Refuse();
  if (last_fit_ > now || last_loads_.size() > kFewLoads) state.Refuse();
}

std::string HourAhead::Saved() const {
  SavedState state(kKind);
  HourAhead copy = *this;
  state.Exchange(copy.options_);
  copy.Exchange(state);
  return state.Bytes();
}

Result<HourAhead> HourAhead::Restored(std::string_view bytes) {
  LC_TRY(SavedState state, SavedState::From(kKind, bytes));
  Options options;
  state.Exchange(options);
  if (!AreValid(options)) state.Refuse();
  if (state.is_refused()) LC_TRY_VOID(state.Finish());
  HourAhead model(std::move(options));
  model.Exchange(state);
  LC_TRY_VOID(state.Finish());
  return model;
}

}  // namespace loadcurve
