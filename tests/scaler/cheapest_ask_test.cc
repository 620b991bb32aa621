#include "scaler/cheapest_ask.h"

#include <gtest/gtest.h>

#include <vector>

namespace loadcurve {
namespace {

// A chance that falls by half every 10 from 100 on; each replica carries 10, a shortage costs 40.
const std::vector<double> kLevels = {0.5, 0.75, 0.875};
const std::vector<MetricsQps> kLoads = {MetricsQps(100), MetricsQps(110), MetricsQps(120)};
const UpperLoad kHalving{kLevels, kLoads};
const std::vector<MetricsQps> kTwiceLoads = {MetricsQps(200), MetricsQps(210), MetricsQps(220)};
const UpperLoad kTwice{kLevels, kTwiceLoads};
const CountPrice kPrice{40, MetricsQps(10)};

Replicas AskWith(const UpperLoad& now, Replicas most, const UpperLoad& last) {
  const std::vector<StepToServe> steps = {{now, most, 1}, {last, Replicas(0), 1}};
  return CheapestAsk(steps, kPrice);
}

TEST(CheapestAsk, IsTheCheapestCountWhereThereIsOneStepAlone) {
  const std::vector<StepToServe> steps = {{kHalving, Replicas(0), 1}};
  EXPECT_EQ(CheapestAsk(steps, kPrice), CheapestCount(kHalving, kPrice));
}

TEST(CheapestAsk, OrdersForTheLastStepAtHalfThePriceAndDoubleTheShortage) {
  // From n to n + 1 a shortage of 80 saves 20 x 2^-(n-10) and a replica costs a half: 15 -> 16
  // saves 0.625, 16 -> 17 only 0.3125. Nothing is ready for the step before, whatever is asked.
  EXPECT_EQ(AskWith(kHalving, Replicas(0), kHalving), Replicas(16));
}

TEST(CheapestAsk, TakesBackWhatIsReadyAndDoesNotPayInTheStepsThatKeepIt) {
  // In both steps together a replica costs 1.5 and saves 30 x 2^-(n-10): 14 -> 15 saves 1.875,
  // 15 -> 16 only 0.94.
  EXPECT_EQ(AskWith(kHalving, Replicas(100), kHalving), Replicas(15));
}

TEST(CheapestAsk, DoesNotOrderForAStepThatAnOrderCannotReach) {
  EXPECT_EQ(AskWith(kTwice, Replicas(12), kHalving), Replicas(16));
}

TEST(CheapestAsk, KeepsWhatAStepBeforeTheLastNeeds) {
  // 20 are needed now, and are ready; 16 would do later.
  EXPECT_GE(AskWith(kTwice, Replicas(30), kHalving), Replicas(20));
}

}  // namespace
}  // namespace loadcurve
