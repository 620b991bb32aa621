#include "forecaster/burst_watch.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

namespace loadcurve {
namespace {

// 30 is beyond what is foretold of loads of 10.
const double kForetold = std::log(20);

BurstWatch AfterSteadyLoadOf10() {
  BurstWatch watch(100);
  for (int i = 0; i < 20; ++i) watch.Observe(std::log(10), kForetold);
  return watch;
}

TEST(BurstWatch, CountsWithAnotherBurstTheLessTheLongerNoneCame) {
  BurstWatch watch = AfterSteadyLoadOf10();
  EXPECT_FALSE(watch.has_burst());
  EXPECT_EQ(watch.Chance(0), 0);
  watch.Observe(std::log(80), kForetold);
  EXPECT_TRUE(watch.has_burst());
  EXPECT_DOUBLE_EQ(watch.Chance(0), 1.0 / 2);
  for (int i = 0; i < 7; ++i) watch.Observe(std::log(10), kForetold);
  EXPECT_DOUBLE_EQ(watch.Chance(0), 1.0 / 9);
  EXPECT_DOUBLE_EQ(watch.Chance(2), 1.0 / 11);
  watch.Observe(std::log(80), kForetold);
  EXPECT_DOUBLE_EQ(watch.Chance(0), 2.0 / 10);
}

TEST(BurstWatch, TakesStepsInARowForOneBurst) {
  BurstWatch watch = AfterSteadyLoadOf10();
  for (const double load : {40.0, 80.0, 60.0}) watch.Observe(std::log(load), std::log(70));
  for (int i = 0; i < 7; ++i) watch.Observe(std::log(10), kForetold);
  EXPECT_DOUBLE_EQ(watch.Chance(0), 1.0 / 10);
  EXPECT_NEAR(std::exp(watch.Loads()[3]), 80, 1e-9);
}

TEST(BurstWatch, ForgetsABurst) {
  BurstWatch watch = AfterSteadyLoadOf10();
  watch.Observe(std::log(80), kForetold);
  for (int i = 0; i < 100; ++i) watch.Observe(std::log(10), kForetold);
  EXPECT_TRUE(watch.has_burst());
  watch.Observe(std::log(10), kForetold);
  EXPECT_FALSE(watch.has_burst());
}

TEST(BurstWatch, TakesNeitherWhatWasForetoldNorLessThanTwiceTheUsualForABurst) {
  BurstWatch watch = AfterSteadyLoadOf10();
  watch.Observe(std::log(80), std::log(90));
  watch.Observe(std::log(19), std::log(15));
  EXPECT_FALSE(watch.has_burst());
}

TEST(BurstWatch, ExpectsBurstsAsHighAsThoseThatWere) {
  BurstWatch watch = AfterSteadyLoadOf10();
  for (const double load : {40.0, 80.0, 160.0}) {
    watch.Observe(std::log(load), kForetold);
    for (int i = 0; i < 10; ++i) watch.Observe(std::log(10), kForetold);
  }
  const TailQuantiles loads = watch.Loads();
  const auto at = [&](double level) {
    const auto found = std::find(kTailLevels.begin(), kTailLevels.end(), level);
    return std::exp(loads[static_cast<std::size_t>(found - kTailLevels.begin())]);
  };
  EXPECT_NEAR(at(0.5), 80, 1e-6);
  // A quarter of all is beyond the highest of three; a tenth is e^(0.3 log 2.5) further.
  EXPECT_NEAR(at(0.9), 160 * std::pow(2.5, 0.3), 1e-6);
  // And not as much higher as they were, once the load itself is as high.
  for (int i = 0; i < 20; ++i) watch.Observe(std::log(30), std::log(60));
  EXPECT_EQ(watch.Loads(), loads);
  EXPECT_TRUE(std::is_sorted(loads.begin(), loads.end()));
}

}  // namespace
}  // namespace loadcurve
