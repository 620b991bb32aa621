#include "scaler/capacity/spot/premium_budget.h"

#include <gtest/gtest.h>

#include <cmath>

namespace loadcurve::capacity {
namespace {

constexpr double kDay = 86400;  // seconds

TEST(PremiumBudget, IsWorthMoreByEForTwoDaysOfPremiumUnspent) {
  PremiumBudget budget(Ratio(0.05));
  const double first = budget.Value();
  // Two days at the cheapest way, and the moment after them, of which nothing is spent yet.
  budget.Allow(10, std::chrono::days(2));
  budget.NotePaid(20 * kDay);
  budget.Allow(10, std::chrono::seconds(1));
  EXPECT_NEAR(budget.Value() / first, std::exp(1.0), 1e-3);
}

TEST(PremiumBudget, IsWorthLessWhereTooMuchWasPaid) {
  PremiumBudget budget(Ratio(0.05));
  const double first = budget.Value();
  budget.Allow(10, std::chrono::days(1));
  budget.NotePaid(10.5 * kDay);
  budget.Allow(10, std::chrono::seconds(1));
  EXPECT_NEAR(budget.Value(), first, 1e-3 * first);  // just kept
  // Half a day's worth of 0.5 a day more.
  budget.NotePaid(10.75 * kDay);
  EXPECT_NEAR(budget.Value() / first, std::exp(-1.0), 1e-3);
}

}  // namespace
}  // namespace loadcurve::capacity
