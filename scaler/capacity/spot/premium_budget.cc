#include "scaler/capacity/spot/premium_budget.h"

#include <algorithm>
#include <cmath>

namespace loadcurve::capacity {

void PremiumBudget::Allow(double plain, Duration span) {
  coming_ = plain * Seconds(span);
  plain_ += coming_;
  seconds_ += Seconds(span);
}

double PremiumBudget::Value() const {
  // Nothing is known yet: a node-second is worth four on-demand node-minutes over the loss of a
  // minute, about the price of moving a node once.
  constexpr double kFirst = 15;
  constexpr double kUnspentDays = 2;
  constexpr double kOverspentDays = 0.5;
  // In powers of e: beyond the most, more money hardly buys more.
  constexpr double kLeast = -6;
  constexpr double kMost = 2;
  if (!(plain_ > 0)) return kFirst;
  const double unspent = (1 + premium_.value()) * (plain_ - coming_) - paid_;
  const double days = unspent > 0 ? kUnspentDays : kOverspentDays;
  const double worth = premium_.value() * plain_ / seconds_ * 86400 * days;
  return kFirst * std::exp(std::clamp(unspent / std::max(worth, 1e-9), kLeast, kMost));
}

}  // namespace loadcurve::capacity
