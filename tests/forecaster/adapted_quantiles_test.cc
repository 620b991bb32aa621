#include "forecaster/adapted_quantiles.h"

#include <gtest/gtest.h>

#include <cmath>
#include <random>

namespace loadcurve {
namespace {

TEST(AdaptedQuantiles, AreThoseOfALaplaceDistributionAtFirst) {
  const AdaptedQuantiles quantiles({0.1, 0.5, 0.9}, 1000);
  // log(2 * 0.1) / sqrt(2)
  EXPECT_NEAR(quantiles.Quantiles()[0], -1.138, 0.001);
  EXPECT_EQ(quantiles.Quantiles()[1], 0);
  EXPECT_NEAR(quantiles.Quantiles()[2], 1.138, 0.001);
}

TEST(AdaptedQuantiles, AreReadOffTheErrors) {
  AdaptedQuantiles quantiles({0.25, 0.5}, 1000);
  for (int round = 0; round < 20; ++round)
    for (int i = 0; i <= 100; ++i) quantiles.Add(i * 37 % 101);  // 0 to 100, mixed
  EXPECT_NEAR(quantiles.Quantiles()[0], 25, 3);
  EXPECT_NEAR(quantiles.Quantiles()[1], 50, 3);
}

TEST(AdaptedQuantiles, ForgetTheOldest) {
  AdaptedQuantiles quantiles({0.5}, 100);
  for (int i = 0; i < 300; ++i) quantiles.Add(i < 200 ? 1000 : 7);
  EXPECT_EQ(quantiles.Quantiles()[0], 7);
}

TEST(AdaptedQuantiles, CoverAgainWithinADayOfMomentsAfterErrorsGrew) {
  AdaptedQuantiles quantiles({0.1, 0.9}, 1440);
  std::mt19937 random(3);
  std::normal_distribution<double> noise(0, 1);
  for (int i = 0; i < 1440; ++i) quantiles.Add(noise(random));
  double covered = 0;
  for (int i = 0; i < 432; ++i) {
    const double error = 2 * noise(random);
    const auto band = quantiles.Quantiles();
    if (i >= 288) covered += band[0] <= error && error <= band[1] ? 1 : 0;
    quantiles.Add(error);
  }
  // Bands that did not move would cover 48 %.
  EXPECT_NEAR(covered / 144, 0.8, 0.12);
}

TEST(AdaptedQuantiles, NeverCross) {
  AdaptedQuantiles quantiles({0.4, 0.45, 0.5}, 100);
  std::mt19937 random(3);
  std::normal_distribution<double> noise(0, 1);
  for (int i = 0; i < 500; ++i) {
    quantiles.Add(noise(random) + (i > 300 ? 3 : 0));
    const auto now = quantiles.Quantiles();
    EXPECT_LE(now[0], now[1]);
    EXPECT_LE(now[1], now[2]);
  }
}

}  // namespace
}  // namespace loadcurve
