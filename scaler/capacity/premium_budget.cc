#include "scaler/capacity/premium_budget.h"

#include <algorithm>
#include <cmath>

namespace loadcurve::capacity {

void PremiumBudget::Allow(double cheapest, Duration span) {
  coming_ = cheapest * Seconds(span);
  cheapest_ += coming_;
  seconds_ += Seconds(span);
}

double PremiumBudget::Value() const {
  // Nothing is known yet: a node-second is worth four on-demand node-minutes over the loss of a
  // minute, about the price of moving a node once.
  constexpr double kFirst = 15;
  constexpr double kTwoDays = 2 * 86400;
  if (!(cheapest_ > 0)) return kFirst;
  const double unspent = (1 + premium_.value()) * (cheapest_ - coming_) - spent_;
  const double two_days = premium_.value() * cheapest_ / seconds_ * kTwoDays;
  return kFirst * std::exp(std::clamp(unspent / std::max(two_days, 1e-9), -6.0, 4.0));
}

}  // namespace loadcurve::capacity
