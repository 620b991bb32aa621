#include "forecaster/forecast_scores.h"

#include <gtest/gtest.h>

#include <array>
#include <cmath>

namespace loadcurve {
namespace {

const double kMissing = std::nan("");

TEST(PinballLoss, ChargesTheSideByTheLevel) {
  EXPECT_DOUBLE_EQ(PinballLoss(0.9, 10, 8), 1.8);   // too low: 0.9 a unit
  EXPECT_DOUBLE_EQ(PinballLoss(0.9, 10, 12), 0.2);  // too high: 0.1 a unit
  EXPECT_DOUBLE_EQ(PinballLoss(0.9, 10, 10), 0);
}

TEST(PinballLoss, IsLeastAtTheQuantile) {
  // Among 1 .. 10, the value with a share of 0.75 at or below it is 8.
  double best = 1e9;
  int least = 0;
  for (int guess = 1; guess <= 10; ++guess) {
    double sum = 0;
    for (int actual = 1; actual <= 10; ++actual) sum += PinballLoss(0.75, actual, guess);
    if (sum < best) {
      best = sum;
      least = guess;
    }
  }
  EXPECT_EQ(least, 8);
}

TEST(Scores, LeaveOutMissingWindows) {
  const Forecast forecast =
      Forecast::Make({TimePoint(), std::chrono::hours(1), {0.1, 0.9}, {1, 3, 1, 3, 1, 3}, ""})
          .value();
  const std::array actual = {2.0, kMissing, 5.0};
  EXPECT_DOUBLE_EQ(CoveredShare(forecast, actual, 0, 1), 0.5);
  // 2: 0.1 * 1 and 0.1 * 1; 5: 0.1 * 4 and 0.9 * 2; the mean of four.
  EXPECT_DOUBLE_EQ(MeanPinballLoss(forecast, actual), (0.1 + 0.1 + 0.4 + 1.8) / 4);
  EXPECT_TRUE(std::isnan(MeanPinballLoss(forecast, std::array{kMissing})));
}

TEST(Mase, IsOneForARivalThatErrsAsSeasonalNaiveDoes) {
  const std::array history = {1.0, 10.0, 3.0, 12.0};  // season 2: each changes by 2
  EXPECT_DOUBLE_EQ(Mase(history, 2, std::array{5.0}, std::array{3.0}), 1);
  EXPECT_DOUBLE_EQ(Mase(history, 2, std::array{5.0}, std::array{8.0}), 1.5);
}

TEST(Mase, IsUndefinedWhereTheHistoryNeverChanges) {
  EXPECT_TRUE(std::isnan(Mase(std::array{1.0, 1.0}, 1, std::array{5.0}, std::array{3.0})));
}

TEST(Smape, IsTwoHundredWhereOneSideIsZero) {
  EXPECT_DOUBLE_EQ(Smape(std::array{0.0}, std::array{3.0}), 200);
  EXPECT_DOUBLE_EQ(Smape(std::array{0.0}, std::array{0.0}), 0);
  EXPECT_DOUBLE_EQ(Smape(std::array{30.0, 10.0}, std::array{10.0, 10.0}), 50);  // 100 and 0
}

TEST(Msis, AddsTheWidthAndFortyTimesTheMissOfANinetyFivePercentBand) {
  const std::array history = {1.0, 3.0};  // scale 2
  // width 4, then 1 above the band at 2 / 0.05.
  EXPECT_DOUBLE_EQ(Msis(history, 1, std::array{7.0}, std::array{2.0}, std::array{6.0}, 0.05),
                   (4 + 40) / 2.0);
}

}  // namespace
}  // namespace loadcurve
