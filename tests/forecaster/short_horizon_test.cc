#include "forecaster/short_horizon.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <random>

namespace loadcurve {
namespace {

std::size_t LevelAt(double level) {
  return static_cast<std::size_t>(std::find(kTailLevels.begin(), kTailLevels.end(), level) -
                                  kTailLevels.begin());
}

TEST(RollingRidge, FindsALineAndForgetsBlocksThatLeftTheWindow) {
  RollingRidge ridge(1, 2, 1e-9);
  Eigen::VectorXd row(1);
  const auto add = [&](std::size_t block, double slope) {
    for (int x = -5; x <= 5; ++x) {
      row(0) = x;
      ridge.Add(block, row, 3 + slope * x, 1);
    }
  };
  row(0) = 10;
  EXPECT_EQ(ridge.At(row), 0);
  add(0, 7);
  add(1, 2);
  add(2, 2);
  ridge.Refit();
  row(0) = 10;
  EXPECT_NEAR(ridge.At(row), 23, 1e-6);
}

TEST(TailQuantilesOf, ReadsLevelsOffTheErrorsAndGoesOnExponentiallyBeyondThem) {
  // The errors of an exponential tail: the share beyond x is exp(-x).
  std::vector<double> errors;
  for (int i = 1; i <= 2000; ++i) errors.push_back(-std::log((i - 0.5) / 2000));
  const TailQuantiles tail = TailQuantilesOf(errors);
  EXPECT_NEAR(tail[LevelAt(0.5)], std::log(2), 0.01);
  EXPECT_NEAR(tail[LevelAt(0.99)], std::log(100), 0.05);
  EXPECT_NEAR(tail[LevelAt(0.9999)], std::log(10'000), 0.4);
  for (std::size_t i = 1; i < tail.size(); ++i) EXPECT_GT(tail[i], tail[i - 1]);
}

TEST(ShortHorizon, CoversEachLevelAsOftenAsItSaysOnNoiseThatNeverChanges) {
  ShortHorizon model({.day = 200, .ahead = {0, 2}, .floor = 0.1});
  std::mt19937 random(3);
  std::normal_distribution<double> noise(0, 0.1);
  const auto load = [&] { return 50 * std::exp(noise(random)); };
  for (int i = 0; i < 2000; ++i) model.Observe(load());
  double below_90 = 0;
  double below_99 = 0;
  constexpr int kSteps = 4000;
  for (int i = 0; i < kSteps; ++i) {
    const TailQuantiles row = model.Row(0);
    const double next = load();
    below_90 += next <= row[LevelAt(0.9)] ? 1 : 0;
    below_99 += next <= row[LevelAt(0.99)] ? 1 : 0;
    model.Observe(next);
  }
  // Three standard errors of independent draws are 0.014 and 0.005.
  EXPECT_NEAR(below_90 / kSteps, 0.9, 0.02);
  EXPECT_NEAR(below_99 / kSteps, 0.99, 0.006);
}

TEST(ShortHorizon, KeepsItsLevelWhileLoadsAreMissing) {
  ShortHorizon model({.day = 100, .ahead = {0}, .floor = 0.1});
  for (int i = 0; i < 300; ++i) model.Observe(20);
  const double before = model.Row(0)[LevelAt(0.5)];
  for (int i = 0; i < 50; ++i) model.Observe(std::numeric_limits<double>::quiet_NaN());
  EXPECT_NEAR(model.Row(0)[LevelAt(0.5)], before, 0.01 * before);
}

TEST(ShortHorizon, CountsWithTheReturnOfALoadThatBrokeDown) {
  ShortHorizon model({.day = 500, .ahead = {0}, .floor = 0.1});
  std::mt19937 random(3);
  std::normal_distribution<double> noise(0, 0.05);
  for (int i = 0; i < 1000; ++i) model.Observe(50 * std::exp(noise(random)));
  for (int i = 0; i < 4; ++i) model.Observe(1);
  EXPECT_NEAR(model.Row(0)[LevelAt(0.95)], 50, 20);
  for (int i = 0; i < 60; ++i) model.Observe(1);
  // After an hour the chance of the next minute is between 1 and 2 percent.
  EXPECT_LT(model.Row(0)[LevelAt(0.95)], 10);
  EXPECT_NEAR(model.Row(0)[LevelAt(0.996)], 50, 20);
}

TEST(ShortHorizon, CountsWithAnotherBurstAfterOne) {
  ShortHorizon model({.day = 500, .ahead = {0}, .floor = 0.1});
  std::mt19937 random(3);
  std::normal_distribution<double> noise(0, 0.05);
  const auto observe = [&](int steps) {
    for (int i = 0; i < steps; ++i) model.Observe(50 * std::exp(noise(random)));
  };
  observe(1000);
  EXPECT_LT(model.Row(0)[LevelAt(0.999)], 80);
  model.Observe(500);
  observe(18);
  // One of the 20 steps so far and to come.
  EXPECT_NEAR(model.Row(0)[LevelAt(0.97)], 500, 100);
  observe(400);
  EXPECT_LT(model.Row(0)[LevelAt(0.99)], 80);
}

TEST(ShortHorizon, DoesNotTakeOneBurstForTheFirstOfEverHigherOnes) {
  ShortHorizon model({.day = 500, .ahead = {0}, .floor = 0.1});
  for (int i = 0; i < 1000; ++i) model.Observe(50);
  model.Observe(500);
  for (int i = 0; i < 5; ++i) model.Observe(50);
  EXPECT_NEAR(model.Row(0).back(), 500 * std::exp(0.4), 1);
}

TEST(ShortHorizon, DoesNotExpectLessOfTheNextStepForADipOfTheLast) {
  ShortHorizon model({.day = 500, .ahead = {0}, .floor = 0.1});
  std::mt19937 random(4);
  std::normal_distribution<double> noise(0, 0.5);
  double last_30 = 0;
  for (int i = 0; i < 1500; ++i) {
    const double load = 10 * std::exp(noise(random));
    model.Observe(load);
    if (i >= 1472) last_30 += load / 30;
  }
  for (int i = 0; i < 2; ++i) model.Observe(5);
  last_30 += 10.0 / 30;
  // No burst is remembered. So noisy a load may be anything up to a factor of e^1.5 higher: than it
  // was, not than the dip.
  EXPECT_NEAR(model.Row(0).back(), last_30 * std::exp(1.5), 0.1);
  EXPECT_GT(last_30, 9);
}

TEST(ShortHorizon, CountsInAQuietHourWithTheErrorsOfOthersNowAndThen) {
  ShortHorizon model({.day = 500, .ahead = {0}, .floor = 0.1});
  std::mt19937 random(3);
  const auto observe = [&](int steps, double deviation) {
    std::normal_distribution<double> noise(0, deviation);
    for (int i = 0; i < steps; ++i) model.Observe(50 * std::exp(noise(random)));
  };
  for (int day = 0; day < 4; ++day) {
    observe(250, 0.3);
    observe(250, 0.02);
  }
  // One step of fifty has an error of any time, half of which are restless, and one in forty of
  // these is two deviations of 0.3 above: 0.02 x 0.5 x 0.025 = 0.00025 beyond 50 e^0.6 = 91.
  EXPECT_LT(model.Row(0)[LevelAt(0.95)], 60);
  EXPECT_GT(model.Row(0)[LevelAt(0.99975)], 70);
}

TEST(ShortHorizon, DoesNotRunAwayAfterAnOutage) {
  ShortHorizon model({.day = 100, .ahead = {0, 1}, .floor = 0.1});
  std::mt19937 random(3);
  std::normal_distribution<double> noise(0, 0.05);
  const auto observe = [&](int steps, double level) {
    for (int i = 0; i < steps; ++i) model.Observe(level * std::exp(noise(random)));
  };
  observe(500, 50);
  const double usual = model.Row(1).back();
  for (const int steps_out : {3, 20, 60}) {
    observe(steps_out, 0);
    EXPECT_LT(model.Row(1)[LevelAt(0.5)], 25) << "nothing is there";
    EXPECT_GT(model.Row(1).back(), 50) << "and it may be back";
    for (int step = 0; step < 10; ++step) {
      observe(1, 50);
      EXPECT_NEAR(model.Row(1)[LevelAt(0.5)], 50, 10) << steps_out << " " << step;
      EXPECT_LT(model.Row(1).back(), 1.5 * usual) << steps_out << " " << step;
    }
    observe(100, 50);
  }
}

}  // namespace
}  // namespace loadcurve
