#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "forecaster/persistence.h"
#include "forecaster/seasonal_naive.h"
#include "tests/forecaster/synthetic_load.h"

namespace loadcurve {
namespace {

using testing::Each;
using testing::ElementsAre;

const double kMissing = std::nan("");

LoadSeries Hourly(std::vector<double> values) {
  return LoadSeries::Make(TimePoint(), std::chrono::hours(1), std::move(values)).value();
}

TEST(Persistence, HoldsTheMeanOfTheLastFiveMeasuredWindows) {
  const auto fitted = Persistence().Fit(Hourly({900, 1, 2, 3, 4, kMissing, 5, kMissing})).value();
  EXPECT_THAT(fitted->Predict(2), ElementsAre(3, 3));
  fitted->Observe(11);  // 2 3 4 5 11
  EXPECT_THAT(fitted->Predict(1), ElementsAre(5));
}

TEST(Persistence, RefusesAHistoryWithoutAnyValue) {
  EXPECT_FALSE(Persistence().Fit(Hourly({kMissing})));
}

TEST(SeasonalNaive, RepeatsTheLastSeason) {
  const auto fitted = SeasonalNaive(3).Fit(Hourly({9, 9, 9, 1, 2, 3})).value();
  EXPECT_THAT(fitted->Predict(4), ElementsAre(1, 2, 3, 1));
  fitted->Observe(7);
  EXPECT_THAT(fitted->Predict(3), ElementsAre(2, 3, 7));
}

TEST(SeasonalNaive, GoesBackTwoSeasonsWhereOneIsMissing) {
  const auto fitted = SeasonalNaive(3).Fit(Hourly({1, 2, 3, 4, kMissing, 6})).value();
  EXPECT_THAT(fitted->Predict(3), ElementsAre(4, 2, 6));
}

TEST(SeasonalNaive, NeedsAWholeSeason) {
  EXPECT_FALSE(SeasonalNaive(3).Fit(Hourly({1, 2})));
}

}  // namespace
}  // namespace loadcurve
