#include "forecaster/backtest.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "forecaster/seasonal_naive.h"
#include "tests/forecaster/synthetic_load.h"

namespace loadcurve {
namespace {

using std::chrono::hours;

TEST(PlanBacktest, NeverAsksForMoreThanIsKnown) {
  for (const std::size_t size : {2U, 3U, 10U, 100U, 652U, 9000U}) {
    for (const std::size_t horizon : {1U, 7U, 48U, 500U}) {
      for (const std::size_t least : {1U, 30U}) {
        const LoadSeries series = SeriesOf(
            size, hours(1), [](std::size_t i) { return i % 5 == 3 ? std::nan("") : Phase(i, 7); });
        std::size_t previous = 0;
        for (const auto& fold : PlanBacktest(series, least, horizon).folds) {
          ASSERT_FALSE(fold.empty());
          for (const std::size_t origin : fold) {
            EXPECT_GE(origin, least);
            EXPECT_GE(origin, size / 2);
            EXPECT_LT(origin, size);
            EXPECT_FALSE(std::isnan(series.values()[origin]));
            previous = origin;
          }
        }
        EXPECT_LT(previous, size);
      }
    }
  }
}

TEST(PlanBacktest, LeavesTheWholeHorizonAfterEachOriginWhereThereIsRoom) {
  const LoadSeries series = SeriesOf(652, hours(1), [](std::size_t i) { return Phase(i, 7); });
  for (const auto& fold : PlanBacktest(series, 200, 48).folds)
    for (const std::size_t origin : fold) EXPECT_LE(origin + 48, 652U);
}

TEST(Backtest, ShowsTheModelNothingThatCameLater) {
  // The load is its own index, so what seasonal naive foretells names the step it copied.
  const LoadSeries series =
      SeriesOf(6000, hours(1), [](std::size_t i) { return static_cast<double>(i); });
  const auto origins = Backtest(SeasonalNaive(24), series, PlanBacktest(series, 24, 10)).value();
  ASSERT_GT(origins.size(), 100U);
  for (const RollingOrigin& origin : origins) {
    for (std::size_t ahead = 0; ahead < 10; ++ahead) {
      EXPECT_EQ(origin.predicted[ahead], static_cast<double>(origin.first + ahead - 24));
      EXPECT_EQ(origin.actual[ahead], static_cast<double>(origin.first + ahead));
    }
  }
}

}  // namespace
}  // namespace loadcurve
