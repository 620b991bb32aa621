#include "forecaster/rolling_backtest.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <set>

#include "tests/forecaster/synthetic_load.h"

namespace loadcurve {
namespace {

using std::chrono::hours;
using testing::ElementsAre;

LoadSeries Hours(std::size_t size) {
  return SeriesOf(size, hours(1), [](std::size_t i) { return 100 + 20 * Wave(i, 24); });
}

RollingOptions OptionsOf(std::size_t horizon, std::vector<ModelKind> models) {
  RollingOptions options;
  options.forecast.horizon = horizon;
  options.forecast.levels = {0.1, 0.5, 0.9};
  options.models = std::move(models);
  return options;
}

TEST(OriginsOf, LeavesTheWholeHorizonAfterEachAndTheFirstHalfBeforeAll) {
  for (const std::size_t size : {4U, 9U, 100U, 1000U}) {
    for (const std::size_t horizon : {1U, 48U}) {
      const auto origins = OriginsOf(Hours(size), horizon, {});
      if (size < horizon + 3) {
        EXPECT_EQ(origins.error().code, ErrorCode::kInsufficientData);
        continue;
      }
      ASSERT_FALSE(origins->empty());
      EXPECT_TRUE(std::is_sorted(origins->begin(), origins->end()));
      EXPECT_EQ(std::set<std::size_t>(origins->begin(), origins->end()).size(), origins->size());
      EXPECT_GE(origins->front(), std::min(size / 2, size - horizon));
      EXPECT_LE(origins->back() + horizon, size);
    }
  }
}

TEST(OriginsOf, SpreadOnesFallOnManyTimesOfTheDay) {
  // 20 moments over 20 days would all be at one hour of the day if they were evenly far apart.
  const auto origins = OriginsOf(Hours(40 * 24), 1, {}).value();
  std::set<std::size_t> times;
  for (const std::size_t origin : origins) times.insert(origin % 24);
  EXPECT_EQ(origins.size(), 20U);
  EXPECT_GE(times.size(), 12U);
}

TEST(OriginsOf, CountsBackFromTheEndWhereTheDistanceIsGiven) {
  EXPECT_THAT(OriginsOf(Hours(100), 4, {.most = 3, .every = 24}).value(), ElementsAre(72, 96));
  EXPECT_THAT(OriginsOf(Hours(100), 4, {.most = 3, .every = 24, .first = 10}).value(),
              ElementsAre(48, 72, 96));
  EXPECT_EQ(OriginsOf(Hours(100), 4, {.first = 97}).error().code, ErrorCode::kInvalidArgument);
}

TEST(OriginsOf, TakesNoMissingEndForKnown) {
  const LoadSeries series = SeriesOf(
      100, hours(1), [](std::size_t i) { return i < 60 ? 100 + 20 * Wave(i, 24) : std::nan(""); });
  EXPECT_EQ(OriginsOf(series, 4, {.most = 1, .every = 1}).value(), std::vector<std::size_t>{56});
}

TEST(BacktestLoad, ShowsNoForecastWhatCameLater) {
  // From the middle on the load is another one; forecasts issued before it know nothing of it.
  const auto series_with = [](double later) {
    return SeriesOf(400, hours(1),
                    [=](std::size_t i) { return (i < 300 ? 100 : later) + 20 * Wave(i, 24); });
  };
  RollingOptions options = OptionsOf(4, {ModelKind::kAuto});
  options.origins = {.most = 1, .every = 1, .first = 1};
  const auto cut = [&](double later) {
    const LoadSeries series = series_with(later);
    const LoadSeries head =
        LoadSeries::Make(series.start(), series.step(),
                         {series.values().begin(), series.values().begin() + 304}, "cudgx")
            .value();
    return BacktestLoad(head, options, [] {}).value();
  };
  const SeriesRecord one = cut(100);
  const SeriesRecord other = cut(900);
  ASSERT_THAT(one.origins, ElementsAre(300));
  for (std::size_t ahead = 0; ahead < 4; ++ahead)
    EXPECT_EQ(one.forecasts[0].Quantile(ahead, 0.5), other.forecasts[0].Quantile(ahead, 0.5));
  EXPECT_LT(one.models[0].whole.Metrics().smape, other.models[0].whole.Metrics().smape);
}

TEST(BacktestLoad, FindsSeasonalNaivePerfectOnALoadThatRepeats) {
  const SeriesRecord record =
      BacktestLoad(Hours(24 * 20),
                   OptionsOf(6, {ModelKind::kPersistence, ModelKind::kSeasonalNaive}), [] {})
          .value();
  EXPECT_EQ(record.origins.size(), 20U);
  EXPECT_EQ(record.season, 24U);
  const ForecastMetrics persistence = record.models[0].whole.Metrics();
  const ForecastMetrics naive = record.models[1].whole.Metrics();
  EXPECT_NEAR(naive.smape, 0, 1e-9);
  EXPECT_EQ(naive.coverage90, 1);
  EXPECT_GT(persistence.smape, 1);
  EXPECT_EQ(record.models[1].used.at(ModelKind::kSeasonalNaive), 20U);
}

TEST(BacktestLoad, SkillOfSeasonalNaiveAgainstItselfIsNought) {
  const LoadSeries series = SeriesOf(24 * 20, hours(1), [](std::size_t i) {
    return 100 + 20 * Wave(i, 24) + static_cast<double>(i * 7919 % 13);
  });
  const SeriesRecord record =
      BacktestLoad(series, OptionsOf(6, {ModelKind::kSeasonalNaive}), [] {}).value();
  EXPECT_EQ(record.models[0].whole.Metrics().skill, 0);
  EXPECT_GT(record.models[0].whole.Metrics().pinball, 0);
  EXPECT_EQ(record.models[0].by_horizon.size(), 6U);
  EXPECT_EQ(record.models[0].by_horizon[0].steps(), 20U);
}

TEST(BacktestLoad, KeepsForecastsToTheHistoryTheyAreShown) {
  // A day of history holds no two seasons, so nothing seasonal can be found in it.
  RollingOptions options = OptionsOf(6, {ModelKind::kAuto});
  options.origins.history = 24;
  const SeriesRecord record = BacktestLoad(Hours(24 * 20), options, [] {}).value();
  EXPECT_FALSE(record.models[0].used.contains(ModelKind::kSeasonalNaive));
  EXPECT_TRUE(std::isnan(record.models[0].whole.Metrics().skill));
}

TEST(BacktestLoads, GivesTheSameAsOneByOneAndTellsOfEveryOrigin) {
  const std::vector<LoadSeries> all = {Hours(200), Hours(300)};
  std::size_t done = 0;
  const RollingOptions options = OptionsOf(6, {ModelKind::kRidge});
  const auto records = BacktestLoads(all, options, [&] { ++done; });
  EXPECT_EQ(done, 40U);
  for (std::size_t i = 0; i < all.size(); ++i)
    EXPECT_EQ(records[i]->models[0].whole.Metrics().pinball,
              BacktestLoad(all[i], options, [] {})->models[0].whole.Metrics().pinball);
}

TEST(AllModelKinds, BeginWithAutoAndHoldEachOnce) {
  const auto kinds = AllModelKinds();
  EXPECT_EQ(kinds.front(), ModelKind::kAuto);
  EXPECT_EQ(std::set<ModelKind>(kinds.begin(), kinds.end()).size(), kinds.size());
  EXPECT_THAT(kinds, testing::Contains(ModelKind::kSeasonalNaive));
  for (const ModelKind kind : kinds) EXPECT_EQ(ParseModelKind(Name(kind)).value(), kind);
}

}  // namespace
}  // namespace loadcurve
