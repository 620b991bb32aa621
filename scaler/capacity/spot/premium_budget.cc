#include "scaler/capacity/spot/premium_budget.h"

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
  constexpr double kUnspentDays = 2;
  constexpr double kOverspentDays = 0.5;
  if (!(cheapest_ > 0)) return kFirst;
  const double unspent = (1 + premium_.value()) * (cheapest_ - coming_) - paid_;
  const double days = unspent > 0 ? kUnspentDays : kOverspentDays;
  const double worth = premium_.value() * cheapest_ / seconds_ * 86400 * days;
  return kFirst * std::exp(std::clamp(unspent / std::max(worth, 1e-9), -6.0, 4.0));
}

}  // namespace loadcurve::capacity
