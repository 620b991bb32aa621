#include "forecaster/load_components.h"

#include <gtest/gtest.h>

#include <cmath>

#include "tests/forecaster/synthetic_load.h"

namespace loadcurve {
namespace {

using std::chrono::hours;

TEST(LoadComponents, AddUpToTheForecast) {
  const LoadSeries series = SeriesOf(24 * 30, hours(1), [](std::size_t i) {
    return i % 11 == 0 ? std::nan("") : 100 + 30 * Wave(i, 24) + 10 * Wave(i, 168);
  });
  for (const std::size_t ahead : {0U, 7U, 100U}) {
    const std::size_t seasons[] = {24, 168};
    const LoadComponents parts = ComponentsOf(series, seasons, 87, ahead);
    EXPECT_NEAR(parts.level + parts.seasons[0] + parts.seasons[1] + parts.rest, 87, 1e-9);
  }
}

TEST(LoadComponents, OfALoadThatRepeatsAreItsLevelAndItsSeasons) {
  // 100 on weekdays at the even hours, 140 at the odd ones; half of it on days 5 and 6.
  const auto load = [](std::size_t i) {
    return (i % 2 == 0 ? 100.0 : 140.0) * (i / 24 % 7 < 5 ? 1.0 : 0.5);
  };
  const LoadSeries series = SeriesOf(24 * 28, hours(1), load);
  const std::size_t seasons[] = {24, 168};
  // 1 o'clock on the first day after four weeks: a weekday.
  const LoadComponents parts = ComponentsOf(series, seasons, 140, 1);
  const double week = (5 + 2 * 0.5) / 7;
  EXPECT_NEAR(parts.level, 120 * week, 1e-9);
  EXPECT_NEAR(parts.seasons[0], 20 * week, 1e-9);
  EXPECT_NEAR(parts.seasons[1], 140 * (1 - week), 1e-9);
  EXPECT_NEAR(parts.rest, 0, 1e-9);
}

TEST(LoadComponents, AreALevelAndARestWithoutSeason) {
  const LoadSeries series = SeriesOf(20, hours(1), [](std::size_t) { return 50; });
  const LoadComponents parts = ComponentsOf(series, {}, 53, 4);
  EXPECT_EQ(parts.level, 50);
  EXPECT_EQ(parts.rest, 3);
  // A season that is not on record adds nothing.
  const std::size_t seasons[] = {24};
  EXPECT_EQ(ComponentsOf(series, seasons, 53, 4).seasons.at(0), 0);
}

TEST(LoadComponents, OfALoadOfNoughtAreNought) {
  const LoadSeries series = SeriesOf(48, hours(1), [](std::size_t) { return 0; });
  const std::size_t seasons[] = {24};
  const LoadComponents parts = ComponentsOf(series, seasons, 0, 4);
  EXPECT_EQ(parts.level + parts.seasons[0] + parts.rest, 0);
}

}  // namespace
}  // namespace loadcurve
