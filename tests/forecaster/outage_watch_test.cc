#include "forecaster/outage_watch.h"

#include <gtest/gtest.h>

namespace loadcurve {
namespace {

OutageWatch AfterSteadyLoadOf(double load) {
  OutageWatch watch({.longest = 100});
  for (int i = 0; i < 10; ++i) watch.Observe(load, load);
  return watch;
}

TEST(OutageWatch, NoticesALoadThatBreaksDownAndRemembersWhatItWas) {
  OutageWatch watch = AfterSteadyLoadOf(50);
  EXPECT_FALSE(watch.is_out());
  EXPECT_EQ(watch.ReturnChance(0), 0);
  watch.Observe(50, 10);
  EXPECT_TRUE(watch.is_out());
  EXPECT_EQ(watch.level_before(), 50);
}

TEST(OutageWatch, TakesAReturnForLessLikelyTheLongerItLasts) {
  OutageWatch watch = AfterSteadyLoadOf(50);
  watch.Observe(50, 1);
  EXPECT_NEAR(watch.ReturnChance(0), 1.0 / 3, 1e-12);
  for (int i = 0; i < 7; ++i) watch.Observe(1, 1);
  EXPECT_NEAR(watch.ReturnChance(0), 1.0 / 10, 1e-12);
  EXPECT_NEAR(watch.ReturnChance(1), 2.0 / 11, 1e-12);
}

TEST(OutageWatch, IsOverWhenTheLoadIsBackOrHasBeenLowForLong) {
  OutageWatch back = AfterSteadyLoadOf(50);
  back.Observe(50, 1);
  back.Observe(1, 36);
  EXPECT_FALSE(back.is_out());

  OutageWatch stays = AfterSteadyLoadOf(50);
  for (int i = 0; i < 101; ++i) stays.Observe(i < 3 ? 50 : 1, 1);
  EXPECT_FALSE(stays.is_out());
}

TEST(OutageWatch, NoticesThatALoadWhichSettledLowerBreaksDownAnew) {
  OutageWatch watch = AfterSteadyLoadOf(50);
  watch.Observe(20, 10);
  for (int i = 0; i < 20; ++i) watch.Observe(20, 20);
  watch.Observe(20, 5);
  EXPECT_EQ(watch.level_before(), 50) << "20 minutes are no level of its own";
  for (int i = 0; i < 10; ++i) watch.Observe(20, 20);
  watch.Observe(20, 5);
  EXPECT_EQ(watch.level_before(), 20);
  EXPECT_NEAR(watch.ReturnChance(0), 1.0 / 3, 1e-12);
}

TEST(OutageWatch, DoesNotBeginAnewWhileItsLoadIsTakenToHaveStayed) {
  OutageWatch watch = AfterSteadyLoadOf(50);
  for (int i = 0; i < 60; ++i) watch.Observe(50, 1);
  EXPECT_NEAR(watch.ReturnChance(0), 1.0 / 62, 1e-12);
}

TEST(OutageWatch, SaysNothingOfLevelsThatAreToldToFallByChance) {
  OutageWatch watch({.longest = 100, .down_share = 0.4, .least_level = 60});
  for (int i = 0; i < 20; ++i) watch.Observe(50, 50);
  watch.Observe(50, 1);
  EXPECT_FALSE(watch.is_out());
}

TEST(OutageWatch, DoesNotTakeTheEveningForAnOutage) {
  OutageWatch watch({.longest = 100});
  double load = 50;
  for (int i = 0; i < 60; ++i) {
    watch.Observe(load, load);
    EXPECT_FALSE(watch.is_out());
    load *= 0.9;
  }
}

TEST(EitherOf, IsTheFirstBelowItsShareAndTheSecondAboveIt) {
  TailQuantiles low{};
  TailQuantiles high{};
  for (std::size_t i = 0; i < low.size(); ++i) {
    low[i] = 0.01 * static_cast<double>(i);
    high[i] = 3 + low[i];
  }
  const TailQuantiles either = EitherOf(low, high, 0.1);
  // At 0.8: 0.9 s + 0.1 = 0.2 leaves s = 1/9 of the first, between its levels 0.8 and 0.9 in the
  // logarithm. At 0.95: half of the second's tenth, its median.
  EXPECT_EQ(kTailLevels[5], 0.8);
  EXPECT_NEAR(either[5], 0.05848, 1e-4);
  EXPECT_EQ(kTailLevels[7], 0.95);
  EXPECT_NEAR(either[7], 3.03, 1e-6);
  for (std::size_t i = 1; i < either.size(); ++i) EXPECT_GE(either[i], either[i - 1]);
}

}  // namespace
}  // namespace loadcurve
