#include "forecaster/short_horizon.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace loadcurve {
namespace {

constexpr std::size_t kDays = 14;
constexpr double kPenalty = 0.05;
// A target counts as at most so many scales away from what was expected.
constexpr double kMostScales = 3;
// The regression moves a forecast by no more than this, and an error by no more than kFurthest:
// factors of 0.74, 1.65 and 4.5.
constexpr double kLowestShift = -0.3;
constexpr double kHighestShift = 0.5;
constexpr double kFurthest = 1.5;

}  // namespace

ShortHorizon::ShortHorizon(ShortHorizonOptions options)
    : options_(std::move(options)),
      past_(options_.day, options_.floor),
      next_fit_(std::max<std::size_t>(options_.day / 4, 64)) {
  std::vector<double> none;
  for (std::size_t i = 0; i < options_.ahead.size(); ++i)
    aheads_.push_back({RollingRidge(kShapeColumns, kDays, kPenalty),
                       ErrorScale(options_.day),
                       {},
                       TailQuantilesOf(none)});
  for (Ahead& ahead : aheads_) ahead.scale.AddMissing();  // nothing foretold the first step
}

ShortHorizon::Origin ShortHorizon::MakeOrigin() const {
  RecentShape shape = past_.Shape(options_.ahead);
  Origin origin{past_.size(), shape.level, {}, {}, {}, std::move(shape.columns)};
  for (std::size_t i = 0; i < aheads_.size(); ++i) {
    const auto reach = static_cast<double>(options_.ahead[i] + 2);
    const double expected = std::log(shape.level) + shape.trend * reach;
    const double shift =
        std::clamp(aheads_[i].ridge.At(origin.columns[i]), kLowestShift, kHighestShift);
    origin.expected.push_back(expected);
    origin.centers.push_back(expected + shift);
    origin.scales.push_back(aheads_[i].scale.At(origin.at, aheads_[0].scale));
  }
  return origin;
}

void ShortHorizon::Judge(std::size_t index, const Origin& origin, double load) {
  Ahead& ahead = aheads_[index];
  if (std::isnan(load)) {
    ahead.scale.AddMissing();
    return;
  }
  const double log_load = std::log(std::max(load, options_.floor));
  const double scale = origin.scales[index];
  const double most = kMostScales * scale;
  const double rest = std::clamp(log_load - origin.expected[index], -most, most);
  ahead.ridge.Add(origin.at / options_.day, origin.columns[index], rest, origin.level / scale);
  const double error = log_load - origin.centers[index];
  ahead.scale.Add(error, scale);
  ahead.errors.push_back(error / scale);
  if (ahead.errors.size() > kDays * options_.day) ahead.errors.pop_front();
}

void ShortHorizon::Refit() {
  std::vector<double> errors;
  for (Ahead& ahead : aheads_) {
    ahead.ridge.Refit();
    errors.assign(ahead.errors.begin(), ahead.errors.end());
    ahead.tail = TailQuantilesOf(errors);
  }
}

void ShortHorizon::Observe(double load) {
  const std::size_t now = past_.size();
  // Origins at now - ahead foretold this step.
  for (std::size_t i = 0; i < aheads_.size(); ++i) {
    if (options_.ahead[i] + 1 > origins_.size()) continue;
    Judge(i, origins_[origins_.size() - 1 - options_.ahead[i]], load);
  }
  past_.Append(load);
  if (now + 1 >= next_fit_) {
    Refit();
    next_fit_ = now + 1 + std::clamp<std::size_t>((now + 1) / 4, 1, options_.day);
  }
  origins_.push_back(MakeOrigin());
  if (origins_.size() > options_.ahead.back() + 1) origins_.pop_front();
}

TailQuantiles ShortHorizon::Row(std::size_t index) const {
  const Origin& origin = origins_.back();
  TailQuantiles loads{};
  for (std::size_t i = 0; i < loads.size(); ++i) {
    const double beyond = std::min(aheads_[index].tail[i] * origin.scales[index], kFurthest);
    loads[i] = std::exp(origin.centers[index] + beyond);
  }
  return loads;
}

}  // namespace loadcurve
