#include "forecaster/short_horizon.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

namespace loadcurve {
namespace {

constexpr std::size_t kDaysOfErrors = 14;
constexpr std::size_t kDaysOfRows = 7;
constexpr std::size_t kHoursADay = 24;
constexpr double kPenalty = 0.1;
// A target counts as at most so many scales away from what was expected.
constexpr double kMostScales = 3;
// The regression moves a forecast by no more than this: factors of 0.74 and 1.65, further ahead by
// more. An error lifts it to no more than a factor of 4.5, of the mean of half an hour if that is
// higher.
constexpr double kLowestShift = -0.3;
constexpr double kHighestShift = 0.5;
constexpr double kShiftPerStep = 0.02;
constexpr double kFurthest = 1.5;
// Errors as shares of the load, and as less of it where it is large; the latter where that is
// better by so much, as a mean log-likelihood.
constexpr std::array<double, 2> kPowers = {0, 0.25};
constexpr double kClearlyBetter = 0.02;
// How often the scale tells nothing, and from how many errors on it is known what they are then.
constexpr double kChanceOfAnyScale = 0.02;
constexpr std::size_t kFewestMisses = 400;
// A load that comes back does so within this scale around where it was.
constexpr double kMostReturnScale = 0.3;
// Below this share of the level that broke down a load has fallen to nothing. That level was usual
// where the mean of the last steps is more than a share of it: what ends in nothing was no burst.
constexpr double kNothingShare = 0.1;
constexpr std::size_t kUsualSteps = 30;
constexpr double kUsualShare = 0.4;

}  // namespace

ShortHorizon::ShortHorizon(ShortHorizonOptions options)
    : options_(std::move(options)),
      past_(options_.day, options_.floor),
      watch_({.longest = options_.day}),
      bursts_(std::max<std::size_t>(1, options_.day / kHoursADay)),
      next_fit_(std::max<std::size_t>(options_.day / 4, 64)) {
  for (std::size_t i = 0; i < options_.ahead.size(); ++i)
    aheads_.push_back({RollingRidge(kShapeColumns, kDaysOfRows, kPenalty),
                       {ErrorModel({options_.day, kDaysOfErrors, kPowers[0]}),
                        ErrorModel({options_.day, kDaysOfErrors, kPowers[1]})},
                       0,
                       TailsBySize({})});
  for (Ahead& ahead : aheads_)  // nothing foretold the first step
    for (ErrorModel& errors : ahead.errors) errors.AddMissing();
}

ShortHorizon::Origin ShortHorizon::MakeOrigin() const {
  RecentShape shape = past_.Shape(options_.ahead);
  Origin origin{past_.size(),
                shape.level,
                shape.level / past_.MeanOfLast(past_.size()),
                {},
                {},
                {},
                std::move(shape.columns)};
  for (std::size_t i = 0; i < aheads_.size(); ++i) {
    const auto steps = static_cast<double>(options_.ahead[i]) + 2;  // from the middle of the level
    const double expected = std::log(shape.level) + shape.trend * steps;
    const double more = kShiftPerStep * static_cast<double>(options_.ahead[i]);
    const double shift = std::clamp(aheads_[i].ridge.At(origin.columns[i]), kLowestShift - more,
                                    kHighestShift + more);
    origin.expected.push_back(expected);
    origin.centers.push_back(expected + shift);
    auto& scales = origin.scales.emplace_back();
    for (std::size_t model = 0; model < scales.size(); ++model)
      scales[model] =
          aheads_[i].errors[model].At(origin.at, origin.relative_level, aheads_[0].errors[model]);
  }
  return origin;
}

void ShortHorizon::Judge(std::size_t index, const Origin& origin, double load) {
  Ahead& ahead = aheads_[index];
  if (std::isnan(load)) {
    for (ErrorModel& errors : ahead.errors) errors.AddMissing();
    return;
  }
  const double log_load = std::log(std::max(load, options_.floor));
  const double scale = origin.scales[index][ahead.likelier];
  const double most = kMostScales * scale;
  const double rest = std::clamp(log_load - origin.expected[index], -most, most);
  ahead.ridge.Add(origin.at / options_.day, origin.columns[index], rest, origin.level / scale);
  const double error = log_load - origin.centers[index];
  ahead.misses.push_back(static_cast<float>(error));
  if (ahead.misses.size() > kDaysOfErrors * options_.day) ahead.misses.pop_front();
  for (std::size_t model = 0; model < ahead.errors.size(); ++model)
    ahead.errors[model].Add(error, origin.scales[index][model], origin.relative_level,
                            origin.level);
}

void ShortHorizon::Refit() {
  const double gain = aheads_[0].errors[0].Misfit() - aheads_[0].errors[1].Misfit();
  for (Ahead& ahead : aheads_) {
    ahead.ridge.Refit();
    ahead.likelier = gain > kClearlyBetter ? 1 : 0;
    ahead.tails = ahead.errors[ahead.likelier].Tails();
    std::vector<double> misses(ahead.misses.begin(), ahead.misses.end());
    if (misses.size() >= std::max(options_.day, kFewestMisses))
      ahead.of_any_scale = TailQuantilesOf(misses);
  }
}

double ShortHorizon::MeanOfLastTwo() const {
  return std::max(options_.floor, (last_two_[0] + last_two_[1]) / 2);
}

void ShortHorizon::Observe(double load) {
  const std::size_t now = past_.size();
  if (!std::isnan(load)) last_two_ = {past_.size() == 0 ? load : last_two_[1], load};
  const bool stays_silent = is_silent_ && last_two_[1] < kNothingShare * watch_.level_before();
  const double taught = stays_silent ? std::nan("") : load;
  // Origins at now - ahead foretold this step.
  for (std::size_t i = 0; i < aheads_.size(); ++i) {
    if (options_.ahead[i] + 1 > origins_.size()) continue;
    Judge(i, origins_[origins_.size() - 1 - options_.ahead[i]], taught);
  }
  if (!std::isnan(taught) && !origins_.empty()) {
    const Origin& last = origins_.back();
    const double scale = last.scales[0][aheads_[0].likelier];
    bursts_.Observe(std::log(std::max(load, options_.floor)),
                    LogsAround(last.centers[0], scale, TailOf(last, 0)).back());
  }
  past_.Append(stays_silent ? watch_.level_before() : load);
  if (now + 1 >= next_fit_) {
    Refit();
    next_fit_ = now + 1 + std::clamp<std::size_t>((now + 1) / 4, 1, options_.day);
  }
  origins_.push_back(MakeOrigin());
  Listen();
  if (origins_.size() > options_.ahead.back() + 1) origins_.pop_front();
}

void ShortHorizon::Listen() {
  const bool was_out = watch_.is_out();
  watch_.Observe(origins_.back().level, MeanOfLastTwo());
  const double before = watch_.level_before();
  if (!was_out) was_usual_ = past_.MeanOfLast(kUsualSteps) > kUsualShare * before;
  const bool was_silent = is_silent_;
  is_silent_ = watch_.is_out() && was_usual_ && last_two_[1] < kNothingShare * before;
  if (!is_silent_ || was_silent) return;
  past_.Replace(OutageWatch::kFallingSteps, kNothingShare * before, before);
  origins_.back() = MakeOrigin();
}

TailQuantiles ShortHorizon::LogsAround(double center, double scale,
                                       const TailQuantiles& tail) const {
  // A dip of a step or two does not lower what may come next.
  const double highest = std::max(center, std::log(past_.MeanOfLast(kUsualSteps))) + kFurthest;
  TailQuantiles logs{};
  for (std::size_t i = 0; i < logs.size(); ++i)
    logs[i] = std::min(center + tail[i] * scale, highest);
  return logs;
}

TailQuantiles ShortHorizon::TailOf(const Origin& origin, std::size_t index) const {
  const Ahead& ahead = aheads_[index];
  return ahead.tails.At(std::log(origin.level * origin.scales[index][ahead.likelier]));
}

TailQuantiles ShortHorizon::Row(std::size_t index) const {
  const Origin& origin = origins_.back();
  const Ahead& ahead = aheads_[index];
  const double scale = origin.scales[index][ahead.likelier];
  const TailQuantiles tail = TailOf(origin, index);
  const double center = is_silent_ ? std::log(MeanOfLastTwo()) : origin.centers[index];
  TailQuantiles loads = LogsAround(center, scale, tail);
  if (ahead.of_any_scale)
    loads = EitherOf(loads, LogsAround(center, 1, *ahead.of_any_scale), kChanceOfAnyScale);
  if (watch_.is_out()) {
    const TailQuantiles back =
        LogsAround(std::log(watch_.level_before()), std::min(scale, kMostReturnScale), tail);
    loads = EitherOf(loads, back, watch_.ReturnChance(options_.ahead[index]));
  }
  if (bursts_.has_burst())
    loads = EitherOf(loads, bursts_.Loads(), bursts_.Chance(options_.ahead[index]));
  for (double& load : loads) load = std::exp(load);
  return loads;
}

}  // namespace loadcurve
