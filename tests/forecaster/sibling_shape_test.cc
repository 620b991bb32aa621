#include "forecaster/sibling_shape.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "tests/forecaster/synthetic_load.h"

namespace loadcurve {
namespace {

using std::chrono::hours;

// Weekdays and half of it at weekends, up and down by day; of a size of its own, and a little
// noisy.
double Load(std::size_t i, double size, std::size_t seed) {
  const double week = i / 24 % 7 < 5 ? 1 : 0.3;
  const double noise = static_cast<double>((i * 7919 + seed * 104729) % 101) / 100 - 0.5;
  return size * week * (1 + 0.5 * Wave(i, 24)) * (1 + 0.1 * noise);
}

// `size` hours of which all but the last `young` are missing, for 0 < young.
LoadSeries Sibling(std::size_t size, std::size_t young, double scale, std::size_t seed) {
  return SeriesOf(size, hours(1), [=](std::size_t i) {
    return i + young < size ? std::nan("") : Load(i, scale, seed);
  });
}

constexpr std::size_t kFiveWeeks = 5 * 168;

TEST(SiblingShape, IsTheShapeThatOthersHaveInCommonWhateverTheirSize) {
  const std::vector<LoadSeries> all = {Sibling(kFiveWeeks, kFiveWeeks, 10, 1),
                                       Sibling(kFiveWeeks, kFiveWeeks, 5000, 2),
                                       Sibling(kFiveWeeks, 72, 300, 3)};
  const auto shape = SiblingShape::Of(all, 2, 168).value();
  EXPECT_EQ(shape.sibling_count(), 2U);
  // A weekday at noon against a Saturday at noon.
  const double ratio = shape.LogAt(TimePoint(hours(12)), hours(1)) -
                       shape.LogAt(TimePoint(hours(5 * 24 + 12)), hours(1));
  EXPECT_NEAR(std::exp(ratio), 1 / 0.3, 0.15);
  // Of one sibling alone nothing is said.
  EXPECT_FALSE(SiblingShape::Of(std::span(all).first(1), 9, 168).has_value());
}

TEST(SiblingShape, IsFollowedAsStronglyAsTheYoungPastShows) {
  const std::vector<LoadSeries> all = {Sibling(kFiveWeeks, kFiveWeeks, 10, 1),
                                       Sibling(kFiveWeeks, kFiveWeeks, 5000, 2)};
  const auto shape = SiblingShape::Of(all, 9, 168).value();
  EXPECT_NEAR(shape.StrengthIn(Sibling(kFiveWeeks, 72, 300, 3)), 1, 0.1);
  const LoadSeries flat = SeriesOf(168, hours(1), [](std::size_t) { return 70; });
  // One flat season against half a season that speaks for 1.
  EXPECT_NEAR(shape.StrengthIn(flat), 1.0 / 3, 0.02);
  EXPECT_EQ(shape.StrengthIn(SeriesOf(9, hours(1), [](std::size_t) { return 0; })), 1);
}

TEST(ForecastSiblings, LendTheWeekToAWorkloadOfFourDaysAndSaySo) {
  // It was born on a Monday; its first weekend is ahead.
  const std::size_t now = 4 * 168 + 4 * 24;
  const std::vector<LoadSeries> all = {Sibling(now, now, 10, 1), Sibling(now, now, 5000, 2),
                                       Sibling(now, now, 40, 3), Sibling(now, 96, 300, 4)};
  const ForecastOptions options{.horizon = 72};
  std::size_t done = 0;
  const auto reports = ForecastSiblings(all, options, [&] { ++done; });
  EXPECT_EQ(done, 4U);
  const auto alone = ForecastLoad(all[3], options).value();
  double with_shape = 0;
  double without = 0;
  for (std::size_t ahead = 0; ahead < 72; ++ahead) {
    const double actual = Load(now + ahead, 300, 4);
    with_shape += std::abs(reports[3]->forecast.Quantile(ahead, 0.5) - actual);
    without += std::abs(alone.forecast.Quantile(ahead, 0.5) - actual);
  }
  EXPECT_LT(with_shape, 0.4 * without);
  EXPECT_THAT(reports[3]->why, testing::HasSubstr("the shape of 3 siblings is borrowed, at "));
  EXPECT_THAT(reports[0]->why, testing::Not(testing::HasSubstr("siblings")));
}

TEST(ForecastSiblings, LeaveASeriesAloneThatIsYoungerThanADayOrHasNoSiblings) {
  const std::size_t now = 4 * 168;
  const std::vector<LoadSeries> all = {Sibling(now, now, 10, 1), Sibling(now, now, 5000, 2),
                                       Sibling(now, 20, 300, 4)};
  const auto reports = ForecastSiblings(all, {.horizon = 6}, [] {});
  EXPECT_THAT(reports[2]->why, testing::Not(testing::HasSubstr("siblings")));
  const auto alone = ForecastSiblings(std::span(all).first(1), {.horizon = 6}, [] {});
  EXPECT_EQ(alone[0]->why, ForecastLoad(all[0], {.horizon = 6})->why);
}

TEST(BacktestSiblings, LendAtEachMomentWhatForecastSiblingsWouldHaveLentThen) {
  const std::size_t now = 5 * 168;
  // Born two weeks ago: younger than two weeks at all moments, six days old at the first of them.
  const std::vector<LoadSeries> all = {Sibling(now, now, 10, 1), Sibling(now, now, 5000, 2),
                                       Sibling(now, 2 * 168, 300, 4)};
  RollingOptions options{.forecast = {.horizon = 24}, .models = {ModelKind::kAuto}, .origins = {}};
  options.origins = {.most = 3, .every = 72, .first = now - 168 - 24};
  std::size_t told = 0;
  const auto records = BacktestSiblings(all, options, [&] { ++told; });
  ASSERT_TRUE(records[2]);
  EXPECT_EQ(told, 9U);
  for (std::size_t i = 0; i < 3; ++i) {
    const std::size_t origin = records[2]->origins[i];
    std::vector<LoadSeries> by_then;
    for (const LoadSeries& series : all) {
      const auto values = series.values().first(origin);
      by_then.push_back(
          LoadSeries::Make(TimePoint(), hours(1), {values.begin(), values.end()}, "cudgx").value());
    }
    ForecastOptions asked = options.forecast;
    asked.levels = {0.05, 0.5, 0.95};
    const auto then = ForecastSiblings(by_then, asked, [] {});
    EXPECT_THAT(then[2]->why, testing::HasSubstr("siblings")) << origin;
    for (std::size_t ahead = 0; ahead < 24; ++ahead)
      EXPECT_NEAR(records[2]->forecasts[i].Quantile(ahead, 0.5),
                  then[2]->forecast.Quantile(ahead, 0.5), 1e-9)
          << origin;
  }
  // Those that know their week are as they are alone.
  const auto alone = BacktestLoad(all[0], options, [] {});
  EXPECT_EQ(records[0]->models[0].whole.Metrics().pinball,
            alone->models[0].whole.Metrics().pinball);
}

}  // namespace
}  // namespace loadcurve
