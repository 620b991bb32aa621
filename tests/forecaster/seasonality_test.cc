#include "forecaster/seasonality.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <random>

#include "tests/forecaster/synthetic_load.h"

namespace loadcurve {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;
using testing::ElementsAre;
using testing::IsEmpty;

TEST(Autocorrelation, IsOneAtTheSeasonAndMinusOneHalfwayOfAnAlternation) {
  const std::array values = {1.0, 3.0, 1.0, 3.0, 1.0, 3.0};
  EXPECT_DOUBLE_EQ(Autocorrelation(values, 2), 1);
  EXPECT_DOUBLE_EQ(Autocorrelation(values, 1), -1);
  EXPECT_DOUBLE_EQ(Autocorrelation(std::array{5.0, 5.0, 5.0}, 1), 0);
}

TEST(Autocorrelation, LeavesOutPairsThatMiss) {
  const std::array values = {1.0, 3.0, std::nan(""), 3.0, 1.0, 3.0, 1.0, std::nan("")};
  EXPECT_NEAR(Autocorrelation(values, 2), 1, 0.05);  // the mean is not quite 2
}

TEST(DetectSeasons, FindsTheDay) {
  const auto series = SeriesOf(24 * 5, hours(1), [](std::size_t i) { return 10 + Wave(i, 24); });
  EXPECT_THAT(DetectSeasons(series), ElementsAre(24));
}

TEST(DetectSeasons, FindsTheWeekBesideTheDay) {
  const auto series = SeriesOf(24 * 28, hours(1), [](std::size_t i) {
    const bool is_weekend = i / 24 % 7 >= 5;
    return 10 + (is_weekend ? 0.3 : 1.0) * Wave(i, 24);
  });
  EXPECT_THAT(DetectSeasons(series), ElementsAre(24, 168));
}

// 25 up and down in the day, under noise of 125: loads a day apart correlate by 0.02, their hours
// by 0.2.
TEST(DetectSeasons, FindsADayThatOnlyTheMeansOfHoursShow) {
  std::mt19937_64 random(4);
  std::normal_distribution<double> noise(0, 125);
  const auto series = SeriesOf(288 * 21, minutes(5), [&](std::size_t i) {
    return std::max(0.0, 600 + 25 * Wave(i, 288) + noise(random));
  });
  EXPECT_LT(Autocorrelation(series.values(), 288), 0.05);
  EXPECT_THAT(DetectSeasons(series), ElementsAre(288));
}

TEST(DetectSeasons, FindsTheWeekOfALoadThatGrowsFasterThanItsWeekends) {
  // By 4 % a day: loads three days apart are more alike than those a week apart.
  const auto series = SeriesOf(24 * 28, hours(1), [](std::size_t i) {
    const bool is_weekend = i / 24 % 7 >= 5;
    return (is_weekend ? 0.75 : 1.0) * (10 + 5 * Wave(i, 24)) *
           std::pow(1.04, static_cast<double>(i) / 24);
  });
  EXPECT_LT(Autocorrelation(series.values(), 7 * 24), Autocorrelation(series.values(), 3 * 24));
  EXPECT_THAT(DetectSeasons(series), ElementsAre(24, 168));
  EXPECT_THAT(DetectSeasons(series, 7), ElementsAre(24, 168));
  EXPECT_THAT(DetectSeasons(series, 6), ElementsAre(24));  // the level tells the day so near
}

TEST(DetectSeasons, FindsNoWeekInADayThatGrows) {
  std::mt19937_64 random(6);
  std::normal_distribution<double> noise(0, 0.1);
  const auto series = SeriesOf(24 * 28, hours(1), [&](std::size_t i) {
    return (10 + 5 * Wave(i, 24)) * std::exp(noise(random) + 0.02 * static_cast<double>(i) / 24);
  });
  EXPECT_THAT(DetectSeasons(series), ElementsAre(24));
}

TEST(DetectSeasons, FindsASeasonThatNoCalendarKnows) {
  const auto series = SeriesOf(100, seconds(1), [](std::size_t i) { return 10 + Wave(i, 18); });
  EXPECT_THAT(DetectSeasons(series), ElementsAre(18));
}

TEST(DetectSeasons, FindsNoneInATrendNorInNoise) {
  EXPECT_THAT(DetectSeasons(SeriesOf(24 * 10, hours(1),
                                     [](std::size_t i) { return static_cast<double>(i); })),
              IsEmpty());
  std::mt19937_64 random(5);
  std::normal_distribution<double> noise(100, 1);
  EXPECT_THAT(
      DetectSeasons(SeriesOf(24 * 60, hours(1), [&](std::size_t) { return noise(random); })),
      IsEmpty());
}

// What remembers its last half hour, and what wanders, is alike a day apart by chance alone.
TEST(DetectSeasons, TakesNoChanceForADay) {
  std::mt19937_64 random(7);
  std::normal_distribution<double> noise;
  for (const double memory : {0.0, 0.9, 1.0}) {
    int seen = 0;
    for (int i = 0; i < 50; ++i) {
      double state = 0;
      const auto series = SeriesOf(288 * 7, minutes(5), [&](std::size_t) {
        state = memory * state + noise(random);
        return 1000 + state;
      });
      const auto seasons = DetectSeasons(series);
      if (!seasons.empty() && seasons.front() == 288) ++seen;
    }
    EXPECT_LE(seen, 2) << memory;
  }
}

TEST(DetectSeasons, NeedsTwoWholeSeasons) {
  const auto series = SeriesOf(40, hours(1), [](std::size_t i) { return 10 + Wave(i, 24); });
  EXPECT_THAT(DetectSeasons(series), IsEmpty());
}

}  // namespace
}  // namespace loadcurve
