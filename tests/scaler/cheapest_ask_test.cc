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

TEST(CheapestAsk, OrdersForTheLastStepAtAThirdOfThePrice) {
  // From n to n + 1 a shortage of 40 saves 10 x 2^-(n-10) and a replica costs 0.35: 14 -> 15 saves
  // 0.63, 15 -> 16 only 0.31. Nothing is ready for the step before, whatever is asked.
  EXPECT_EQ(AskWith(kHalving, Replicas(0), kHalving), Replicas(15));
}

TEST(CheapestAsk, TakesBackWhatIsReadyAndDoesNotPayInTheStepsThatKeepIt) {
  // In both steps together a replica costs 1.35 and saves 20 x 2^-(n-10): 13 -> 14 saves 2.5,
  // 14 -> 15 only 1.25.
  EXPECT_EQ(AskWith(kHalving, Replicas(100), kHalving), Replicas(14));
}

TEST(CheapestAsk, CountsLessOfThePriceInAStepBetween) {
  // In it and the last a replica costs 0.95 and saves as much: 14 -> 15 saves 1.25, 15 -> 16 only
  // 0.63.
  const std::vector<StepToServe> steps = {
      {kHalving, Replicas(0), 1}, {kHalving, Replicas(100), 1}, {kHalving, Replicas(0), 1}};
  EXPECT_EQ(CheapestAsk(steps, kPrice), Replicas(15));
}

TEST(CheapestAsk, DoesNotOrderForAStepThatAnOrderCannotReach) {
  EXPECT_EQ(AskWith(kTwice, Replicas(12), kHalving), Replicas(15));
}

TEST(CheapestAsk, KeepsWhatAStepBeforeTheLastNeeds) {
  // 20 are needed now, and are ready; 15 would do later.
  EXPECT_GE(AskWith(kTwice, Replicas(30), kHalving), Replicas(20));
}

}  // namespace
}  // namespace loadcurve
