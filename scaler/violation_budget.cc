#include "scaler/violation_budget.h"

#include <algorithm>
#include <cmath>

namespace loadcurve {
namespace {

constexpr double kMemory = 30;
constexpr double kPrior = 2;
constexpr double kGain = 1;
constexpr double kMostRate = 100;  // and its inverse, in shares asked for
constexpr std::size_t kTailDays = 7;
constexpr double kLeastTail = 1e-3;

}  // namespace

ViolationBudget::ViolationBudget(Ratio asked, std::size_t day) : asked_(asked.value()), day_(day) {}

double ViolationBudget::ShortageCost(double tail) {
  ++steps_;
  const auto known = static_cast<double>(std::min(steps_, kTailDays * day_));
  log_tail_ += (std::log(std::max(tail, kLeastTail)) - log_tail_) / known;
  const double factor = (seen_ + kPrior) / (expected_ + kPrior);
  const double wish = std::clamp(std::exp(kGain * behind_), 1 / kMostRate, kMostRate);
  return factor * std::exp(log_tail_) / (asked_ * wish);
}

void ViolationBudget::Expect(double chance) {
  expected_ += chance - expected_ * asked_ / kMemory;
}

void ViolationBudget::Judge(bool was_short) {
  const double happened = was_short ? 1 : 0;
  seen_ += happened - seen_ * asked_ / kMemory;
  if (++judged_ <= day_) return;
  ++after_day_;
  if (was_short) ++short_;
  behind_ += asked_ - happened;
}

double ViolationBudget::MeasuredShare() const {
  return after_day_ == 0 ? 0 : static_cast<double>(short_) / static_cast<double>(after_day_);
}

}  // namespace loadcurve
