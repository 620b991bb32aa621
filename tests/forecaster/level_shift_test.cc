#include "forecaster/level_shift.h"

#include <gtest/gtest.h>

#include <cmath>
#include <random>

#include "forecaster/load_forecast.h"
#include "tests/forecaster/synthetic_load.h"

namespace loadcurve {
namespace {

using std::chrono::hours;

constexpr std::size_t kDay = 24;
constexpr std::size_t kSize = 28 * kDay;

// Four weeks of days with errors of 5 %, which from step `at` on count `factor` times.
std::vector<double> Shifted(std::size_t at, double factor, std::size_t size = kSize) {
  std::mt19937_64 random(2);
  std::normal_distribution<double> noise(0, 0.05);
  std::vector<double> loads;
  for (std::size_t i = 0; i < size; ++i)
    loads.push_back(100 * std::exp(0.5 * Wave(i, kDay) + noise(random)) * (i < at ? 1 : factor));
  return loads;
}

std::optional<LevelShift> ShiftOf(const std::vector<double>& loads) {
  const std::size_t seasons[] = {kDay, 7 * kDay};
  return RecentLevelShift(loads, seasons);
}

TEST(RecentLevelShift, IsSeenAfterThreeHoursWithItsSize) {
  for (const double factor : {3.0, 0.5}) {
    const auto shift = ShiftOf(Shifted(kSize - 3, factor));
    ASSERT_TRUE(shift);
    EXPECT_EQ(shift->at, kSize - 3);
    EXPECT_NEAR(shift->factor / factor, 1, 0.1);
  }
}

TEST(RecentLevelShift, IsStillKnownDaysLaterAndNoLongerAfterAWeek) {
  const auto shift = ShiftOf(Shifted(kSize - 5 * kDay - 7, 2));
  ASSERT_TRUE(shift);
  EXPECT_EQ(shift->at, kSize - 5 * kDay - 7);
  EXPECT_NEAR(shift->factor, 2, 0.15);
  EXPECT_FALSE(ShiftOf(Shifted(kSize - 8 * kDay, 2)));
}

TEST(RecentLevelShift, IsNoneInTwoHoursNorInALittleMore) {
  EXPECT_FALSE(ShiftOf(Shifted(kSize, 1)));
  EXPECT_FALSE(ShiftOf(Shifted(kSize - 2, 3)));
  EXPECT_FALSE(ShiftOf(Shifted(kSize - 10, 1.15)));
}

TEST(RecentLevelShift, IsNoneWhereTheLoadHasDoneTheLikeBefore) {
  // A sale of six hours two weeks ago, and the sixth hour of another one.
  std::vector<double> loads = Shifted(kSize - 6, 2);
  for (std::size_t i = kSize - 15 * kDay; i < kSize - 15 * kDay + 6; ++i) loads[i] *= 2;
  EXPECT_FALSE(ShiftOf(loads));
}

// To a half within an hour, and back by an eighth of that a day.
TEST(RecentLevelShift, IsNoneOnceTheLoadHasComeBackLittleByLittle) {
  const auto loads_after = [](std::size_t days) {
    std::vector<double> loads = Shifted(kSize, 1);
    for (std::size_t i = 0; i < days * kDay; ++i)
      loads[kSize - days * kDay + i] *= std::exp2(static_cast<double>(i) / (8 * kDay) - 1);
    return loads;
  };
  EXPECT_TRUE(ShiftOf(loads_after(1)));
  EXPECT_TRUE(ShiftOf(loads_after(3)));
  EXPECT_FALSE(ShiftOf(loads_after(6)));
}

TEST(RecentLevelShift, BearsGapsZerosAndShortPasts) {
  std::vector<double> loads = Shifted(kSize - 9, 3);
  for (std::size_t i = 0; i < kSize; ++i)
    if (i % 11 == 3 || (i > 200 && i < 260)) loads[i] = std::nan("");
  const auto shift = ShiftOf(loads);
  ASSERT_TRUE(shift);
  EXPECT_NEAR(static_cast<double>(shift->at), kSize - 9, 1);
  EXPECT_FALSE(ShiftOf(std::vector<double>(kSize, 0.0)));
  EXPECT_FALSE(ShiftOf(std::vector<double>(kSize, std::nan(""))));
  EXPECT_FALSE(ShiftOf(std::vector<double>(40, 5.0)));
}

TEST(AtLevelAfter, BringsWhatWasBeforeToTheNewLevel) {
  EXPECT_EQ(AtLevelAfter({2, 3}, std::vector{1.0, 2.0, 9.0}), (std::vector{3.0, 6.0, 9.0}));
}

TEST(ForecastLoad, HasTheNewLevelAndItsBandsWithinHoursOfAShift) {
  ForecastOptions options;
  options.horizon = kDay;
  const std::vector<double> all = Shifted(kSize - 6, 3, kSize + kDay);
  const LoadSeries series =
      LoadSeries::Make(TimePoint(), hours(1), {all.begin(), all.begin() + kSize}, "").value();
  const ForecastReport report = ForecastLoad(series, options).value();
  EXPECT_NE(report.why.find("as the level changed 6 steps ago"), std::string::npos) << report.why;
  double covered = 0;
  for (std::size_t ahead = 0; ahead < kDay; ++ahead) {
    const double actual = all[kSize + ahead];
    EXPECT_NEAR(report.forecast.At(ahead, 1) / actual, 1, 0.2) << ahead;
    if (report.forecast.At(ahead, 0) <= actual && actual <= report.forecast.At(ahead, 2)) ++covered;
  }
  EXPECT_GE(covered / kDay, 0.75);
}

}  // namespace
}  // namespace loadcurve
