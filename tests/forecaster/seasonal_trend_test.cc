#include "forecaster/seasonal_trend.h"

#include <gtest/gtest.h>

#include <cmath>
#include <random>

#include "tests/forecaster/synthetic_load.h"

namespace loadcurve {
namespace {

using std::chrono::hours;

// Days of one shape, half as high at weekends.
double WeeklyLoad(std::size_t i) {
  return 100 * std::exp(0.5 * Wave(i, 24)) * (i / 24 % 7 < 5 ? 1 : 0.5);
}

std::vector<double> Foretold(const LoadSeries& series, std::vector<std::size_t> seasons) {
  return SeasonalTrend({std::move(seasons), 48, 0}).Fit(series).value()->Predict(48);
}

TEST(SeasonalTrend, PutsDayAndWeekTogetherAgain) {
  const LoadSeries series = SeriesOf(8 * 168, hours(1), WeeklyLoad);
  const auto path = Foretold(series, {24, 168});
  // What the week adds is drawn towards nothing by a ninth, as if one week of nine had added
  // nothing.
  for (std::size_t i = 0; i < 48; ++i) EXPECT_NEAR(path[i] / WeeklyLoad(i), 1, 0.15) << i;
}

TEST(SeasonalTrend, LetsNoSpikeIntoTheProfile) {
  const LoadSeries calm = SeriesOf(20 * 24, hours(1), [](std::size_t i) {
    return 100 * std::exp(0.5 * Wave(i, 24) + 0.02 * std::sin(static_cast<double>(i * i)));
  });
  std::vector<double> values(calm.values().begin(), calm.values().end());
  values[10 * 24 + 3] *= 50;
  const LoadSeries spiky = LoadSeries::Make(TimePoint(), hours(1), values, "").value();
  const auto path = Foretold(spiky, {24});
  const auto expected = Foretold(calm, {24});
  // Three scales of one day of twenty, 0.08, and not a twentieth of ln 50, 0.2.
  for (std::size_t i = 0; i < 48; ++i) EXPECT_NEAR(path[i] / expected[i], 1, 0.1) << i;
}

TEST(SeasonalTrend, ReturnsSlowlyFromALevelThatUsuallyPasses) {
  // Levels wander and come back: what stands above the usual level is halved within a few hours.
  std::mt19937_64 random(3);
  std::normal_distribution<double> noise(0, 0.1);
  double above = 0;
  const LoadSeries series = SeriesOf(40 * 24, hours(1), [&](std::size_t i) {
    above = i + 1 == 40 * 24 ? 1 : 0.8 * above + noise(random);
    return 100 * std::exp(0.5 * Wave(i, 24) + above);
  });
  const auto path = Foretold(series, {24});
  const auto left = [&](std::size_t ahead) {
    return std::log(path[ahead] / 100) - 0.5 * Wave(40 * 24 + ahead, 24);
  };
  EXPECT_NEAR(left(0), 0.6, 0.25);
  EXPECT_LT(left(5), 0.5 * left(0));
  EXPECT_NEAR(left(40), 0, 0.15);
}

TEST(SeasonalTrend, BearsGapsAndZeros) {
  const LoadSeries series = SeriesOf(10 * 24, hours(1), [](std::size_t i) {
    if (i > 100 && i < 150) return std::nan("");
    return i % 24 < 8 ? 0.0 : 10.0;
  });
  const auto path = Foretold(series, {24});
  for (std::size_t i = 0; i < 48; ++i) EXPECT_NEAR(path[i], i % 24 < 8 ? 0 : 10, 1) << i;
}

TEST(SeasonalTrend, SaysHowMuchHistoryItNeeds) {
  const LoadSeries series = SeriesOf(47, hours(1), [](std::size_t i) { return Phase(i, 24); });
  const auto fitted = SeasonalTrend({{24}, 48, 0}).Fit(series);
  ASSERT_FALSE(fitted);
  EXPECT_EQ(fitted.error().code, ErrorCode::kInsufficientData);
  EXPECT_EQ(fitted.error().message, "the decomposition needs 48 steps, a season of them measured");
}

}  // namespace
}  // namespace loadcurve
