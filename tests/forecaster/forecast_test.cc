#include "forecaster/forecast.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace loadcurve {
namespace {

ForecastParts Parts() {
  return {TimePoint(std::chrono::hours(5)),
          std::chrono::minutes(1),
          {0.1, 0.5, 0.9},
          {1, 2, 4, 2, 2, 6},
          "cudgx"};
}

TEST(Forecast, HoldsOneRowPerStepAndOneLoadPerLevel) {
  const Forecast forecast = Forecast::Make(Parts()).value();
  EXPECT_EQ(forecast.horizon(), 2U);
  EXPECT_THAT(forecast.Row(1), testing::ElementsAre(2, 2, 6));
  EXPECT_EQ(forecast.At(0, 2), 4);
  EXPECT_EQ(forecast.TimeAt(1), TimePoint(std::chrono::minutes(301)));
  EXPECT_EQ(forecast.weights_version(), "cudgx");
}

TEST(Forecast, IsLinearBetweenLevelsAndFlatBeyond) {
  const Forecast forecast = Forecast::Make(Parts()).value();
  EXPECT_DOUBLE_EQ(forecast.Quantile(0, 0.5), 2);
  EXPECT_DOUBLE_EQ(forecast.Quantile(0, 0.7), 3);  // half way from 2 to 4
  EXPECT_DOUBLE_EQ(forecast.Quantile(0, 0.01), 1);
  EXPECT_DOUBLE_EQ(forecast.Quantile(0, 0.99), 4);
}

TEST(Forecast, RefusesPathsThatCross) {
  ForecastParts parts = Parts();
  parts.loads[4] = 1.9;
  EXPECT_FALSE(Forecast::Make(parts));
}

TEST(Forecast, RefusesLoadsThatAreNegativeOrNotFinite) {
  for (const double load : {-1.0, std::nan(""), std::numeric_limits<double>::infinity()}) {
    ForecastParts parts = Parts();
    parts.loads[0] = load;
    EXPECT_FALSE(Forecast::Make(parts)) << load;
  }
}

TEST(Forecast, RefusesLevelsOutsideZeroToOneOrNotRising) {
  const std::vector<std::vector<double>> wrong = {
      {}, {0, 0.5, 0.9}, {0.1, 0.5, 1}, {0.5, 0.1, 0.9}, {0.5, 0.5, 0.9}, {0.1, std::nan(""), 0.9}};
  for (const auto& levels : wrong) {
    ForecastParts parts = Parts();
    parts.levels = levels;
    EXPECT_FALSE(Forecast::Make(parts));
  }
}

TEST(Forecast, RefusesHalfARowAndNoRow) {
  ForecastParts parts = Parts();
  parts.loads.pop_back();
  EXPECT_FALSE(Forecast::Make(parts));
  parts.loads.clear();
  EXPECT_FALSE(Forecast::Make(parts));
}

}  // namespace
}  // namespace loadcurve
