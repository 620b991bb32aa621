#include "scaler/violation_budget.h"

#include <gtest/gtest.h>

#include <cmath>
#include <random>

namespace loadcurve {
namespace {

TEST(ViolationBudget, BeginsWithThePriceThatLeavesTheShareAskedFor) {
  // A tail that falls by e over half a replica leaves 0.5 / c at a price c.
  ViolationBudget budget(Ratio(0.001), 1440);
  EXPECT_DOUBLE_EQ(budget.ShortageCost(0.5), 500);
}

TEST(ViolationBudget, AsksForMoreAfterAViolationAndForLessWithoutAny) {
  ViolationBudget budget(Ratio(0.001), 10);
  const double first = budget.ShortageCost(1);
  for (int step = 0; step < 1000; ++step) budget.Judge(false);
  const double without = budget.ShortageCost(1);
  EXPECT_LT(without, first);
  for (int step = 0; step < 3; ++step) budget.Judge(true);
  EXPECT_GT(budget.ShortageCost(1), 2 * without);
}

TEST(ViolationBudget, DoesNotHoldTheFirstDayAgainstIt) {
  ViolationBudget budget(Ratio(0.01), 100);
  for (int step = 0; step < 100; ++step) budget.Judge(step % 10 == 0);
  EXPECT_EQ(budget.MeasuredShare(), 0);
  budget.Judge(true);
  budget.Judge(false);
  EXPECT_EQ(budget.MeasuredShare(), 0.5);
}

// A load whose tail is exponential, foretold `optimism` times less wide than it is.
double ShareShort(double asked, double optimism, unsigned seed) {
  std::mt19937 random(seed);
  std::exponential_distribution<double> tail(1);
  ViolationBudget budget(Ratio(asked), 1440);
  for (int step = 0; step < 30 * 1440; ++step) {
    const double price = budget.ShortageCost(1 / optimism);
    const double count =
        std::log(price * optimism) / optimism;  // where n + c exp(-n optimism) is least
    budget.Expect(std::exp(-count * optimism));
    budget.Judge(tail(random) > count);
  }
  return budget.MeasuredShare();
}

TEST(ViolationBudget, KeepsTheShareAskedForWhateverTheForecastIsWorth) {
  for (const double asked : {0.001, 0.005, 0.02})
    for (const double optimism : {0.7, 1.0, 1.5})
      for (unsigned seed = 1; seed <= 3; ++seed) {
        const double share = ShareShort(asked, optimism, seed);
        EXPECT_GT(share, asked / 1.5) << asked << " " << optimism << " " << seed;
        EXPECT_LT(share, asked * 1.5) << asked << " " << optimism << " " << seed;
      }
}

}  // namespace
}  // namespace loadcurve
