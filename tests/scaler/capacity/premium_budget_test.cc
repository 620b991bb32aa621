#include "scaler/capacity/premium_budget.h"

#include <gtest/gtest.h>

#include <cmath>

namespace loadcurve::capacity {
namespace {

TEST(PremiumBudget, IsWorthMoreByEForTwoDaysOfPremiumUnspent) {
  PremiumBudget budget(Ratio(0.05));
  const double first = budget.Value();
  // Two days at the cheapest way, and the moment after them, of which nothing is spent yet.
  budget.Allow(10, std::chrono::days(2));
  budget.Spend(10, std::chrono::days(2));
  budget.Allow(10, std::chrono::seconds(1));
  EXPECT_NEAR(budget.Value() / first, std::exp(1.0), 1e-3);
}

TEST(PremiumBudget, IsWorthLessWhereTooMuchWasSpent) {
  PremiumBudget budget(Ratio(0.05));
  const double first = budget.Value();
  budget.Allow(10, std::chrono::days(1));
  budget.Spend(10.5, std::chrono::days(1));
  budget.Allow(10, std::chrono::seconds(1));
  EXPECT_NEAR(budget.Value(), first, 1e-3 * first);  // just kept
  budget.Spend(1, std::chrono::days(1));
  EXPECT_NEAR(budget.Value() / first, std::exp(-1.0), 1e-3);
}

}  // namespace
}  // namespace loadcurve::capacity
