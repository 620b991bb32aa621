#include "scaler/capacity/spot/hazard_regression.h"

#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <random>

namespace loadcurve::capacity {
namespace {

TEST(HazardRegression, RecoversThePlantedRates) {
  // exp(-7 + 1.2 x) a second, x from -1 to 1, looked at each minute.
  HazardRegression hazard({-9, 0}, std::array{2.0, 1.0});
  std::mt19937_64 random(3);
  std::uniform_real_distribution<double> even(0, 1);
  for (int i = 0; i < 40000; ++i) {
    const double x = 2 * even(random) - 1;
    const double chance = -std::expm1(-60 * std::exp(-7 + 1.2 * x));
    hazard.Learn(std::array{1.0, x}, 1, 60, even(random) < chance ? 1 : 0);
  }
  // Some 2400 losses: a standard error of 0.02, and of 0.04 for the slope.
  EXPECT_NEAR(hazard.weights()[0], -7, 0.1);
  EXPECT_NEAR(hazard.weights()[1], 1.2, 0.15);
}

TEST(HazardRegression, StaysAtItsPriorWithoutLossesToSpeakOf) {
  HazardRegression hazard({-9, 0.5}, std::array{1.0, 0.3});
  hazard.Learn(std::array{1.0, 0.0}, 1, 60, 0);
  EXPECT_NEAR(hazard.weights()[0], -9, 0.01);
  EXPECT_DOUBLE_EQ(hazard.weights()[1], 0.5);  // of a feature that was 0
}

TEST(HazardRegression, LearnsTheSameFromOneUnitAsFromItsHalves) {
  HazardRegression whole({-8}, std::array{1.0});
  HazardRegression halves = whole;
  for (int i = 0; i < 2000; ++i) {
    const double lost = i % 50 == 0 ? 1 : 0;
    whole.Learn(std::array{1.0}, 1, 60, lost);
    halves.Learn(std::array{1.0}, 0.5, 60, lost / 2);
    halves.Learn(std::array{1.0}, 0.5, 60, lost / 2);
  }
  EXPECT_NEAR(whole.weights()[0], halves.weights()[0], 0.02);
  EXPECT_NEAR(whole.Rate(std::array{1.0}), 1.0 / 3000, 3e-5);
}

}  // namespace
}  // namespace loadcurve::capacity
