#include "forecaster/error_scale.h"

#include <algorithm>
#include <cmath>

namespace loadcurve {
namespace {

struct Part {
  double half_life_steps = 0;
  double weight = 0;
};

// With kSlowWeight and kYesterdayWeight they add up to 1.
constexpr std::array<Part, 4> kParts = {{{2, 0.12}, {5, 0.17}, {15, 0.18}, {60, 0.23}}};
constexpr double kSlowWeight = 0.25;
constexpr double kYesterdayWeight = 0.05;
constexpr std::size_t kYesterdayReach = 15;  // steps to either side
constexpr double kLeastVariance = 1e-4;      // 1 % of the load
constexpr double kFirstVariance = 0.05 * 0.05;
constexpr double kMostScales = 5;

double RateOf(double half_life_steps) {
  return 1 - std::exp2(-1 / half_life_steps);
}

}  // namespace

ErrorScale::ErrorScale(std::size_t day) : day_(day) {
  for (std::size_t i = 0; i < kParts.size(); ++i) fast_[i].rate = RateOf(kParts[i].half_life_steps);
  slow_.rate = RateOf(static_cast<double>(day));
  for (Mean& mean : fast_) mean.value = kFirstVariance;
  slow_.value = kFirstVariance;
}

void ErrorScale::Mean::Add(double square, std::size_t count) {
  value += std::max(rate, 1 / static_cast<double>(count + 2)) * (square - value);
}

void ErrorScale::Push(double square) {
  for (Mean& mean : fast_) mean.Add(square, count_);
  slow_.Add(square, count_);
  ++count_;
  sums_.push_back(sums_.back() + square);
}

void ErrorScale::Add(double error, double scale) {
  const double most = kMostScales * scale;
  const double kept = std::clamp(error, -most, most);
  Push(kept * kept);
}

void ErrorScale::AddMissing() {
  Push(slow_.value);
}

double ErrorScale::Fast() const {
  double sum = 0;
  for (std::size_t i = 0; i < kParts.size(); ++i) sum += kParts[i].weight * fast_[i].value;
  return sum;
}

double ErrorScale::AroundADayBefore(std::size_t origin) const {
  if (origin < day_ + kYesterdayReach) return slow_.value;
  const std::size_t from = origin - day_ - kYesterdayReach;
  const std::size_t end = std::min(origin - day_ + kYesterdayReach + 1, sums_.size() - 1);
  if (end <= from) return slow_.value;
  return (sums_[end] - sums_[from]) / static_cast<double>(end - from);
}

double ErrorScale::At(std::size_t origin, const ErrorScale& one_ahead) const {
  const double ratio = (slow_.value + kLeastVariance) / (one_ahead.slow_.value + kLeastVariance);
  const double variance = ratio * one_ahead.Fast() + kSlowWeight * slow_.value +
                          kYesterdayWeight * AroundADayBefore(origin) + kLeastVariance;
  return std::sqrt(variance);
}

}  // namespace loadcurve
