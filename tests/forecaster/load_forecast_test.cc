#include "forecaster/load_forecast.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <functional>

#include "tests/forecaster/synthetic_load.h"

namespace loadcurve {
namespace {

using std::chrono::hours;
using testing::HasSubstr;

LoadSeries Hourly(std::size_t size, const std::function<double(std::size_t)>& load) {
  return SeriesOf(size, hours(1), load);
}

ForecastOptions Ahead(std::size_t horizon) {
  ForecastOptions options;
  options.horizon = horizon;
  return options;
}

TEST(ForecastLoad, RepeatsADayThatAlwaysRepeats) {
  const LoadSeries series = Hourly(240, [](std::size_t i) { return 100.0 + Phase(i, 24); });
  const ForecastReport report = ForecastLoad(series, Ahead(30)).value();
  ASSERT_THAT(report.seasons, testing::ElementsAre(Duration(hours(24))));
  for (std::size_t i = 0; i < 30; ++i)
    EXPECT_NEAR(report.forecast.At(i, 1), 100.0 + Phase(i, 24), 0.5) << i;
}

TEST(ForecastLoad, StartsWhereTheSeriesEndsAndKeepsItsStepAndScale) {
  const LoadSeries series = Hourly(50, [](std::size_t i) { return 5.0 + Phase(i, 3); });
  const Forecast forecast = ForecastLoad(series, Ahead(2)).value().forecast;
  EXPECT_EQ(forecast.issued_at(), TimePoint(hours(50)));
  EXPECT_EQ(forecast.step(), Duration(hours(1)));
  EXPECT_EQ(forecast.weights_version(), "cudgx");
}

TEST(ForecastLoad, FallsBackToPersistenceOnAShortSeriesAndSaysSo) {
  const LoadSeries series = Hourly(3, [](std::size_t i) { return 4.0 + static_cast<double>(i); });
  ForecastOptions options = Ahead(6);
  options.model = ModelKind::kSeasonalNaive;
  const ForecastReport report = ForecastLoad(series, options).value();
  EXPECT_EQ(report.model, ModelKind::kPersistence);
  EXPECT_THAT(report.why, HasSubstr("too short"));
  EXPECT_FALSE(report.skill.has_value());
}

// The load halves and doubles once: doubled again it would be 177.2, and so much or little more is
// what a few errors allow for, not four times what was ever seen.
TEST(ForecastLoad, ExpectsOfAVeryYoungSeriesHardlyMoreThanOneMoreJump) {
  constexpr std::array kLoads = {68.6, 88.6, 88.6, 88.6, 88.6, 44.3,
                                 44.3, 44.3, 44.3, 44.3, 88.6, 88.6};
  for (std::size_t size = 6; size <= kLoads.size(); ++size) {
    const LoadSeries series =
        SeriesOf(size, std::chrono::seconds(1), [&](std::size_t i) { return kLoads[i]; });
    const ForecastReport report = ForecastLoad(series, Ahead(5)).value();
    EXPECT_LT(report.maximum.back(), 190) << size;
    for (std::size_t ahead = 0; ahead < 5; ++ahead)
      EXPECT_LT(report.forecast.At(ahead, 2), 190) << size << " " << ahead;
  }
}

TEST(ForecastLoad, FallsBackFromRidgeToSeasonalNaiveWhereTwoDaysAreAllThereIs) {
  const LoadSeries series = Hourly(52, [](std::size_t i) { return 10 + Wave(i, 24); });
  ForecastOptions options = Ahead(6);
  options.model = ModelKind::kRidge;
  const ForecastReport report = ForecastLoad(series, options).value();
  EXPECT_EQ(report.model, ModelKind::kSeasonalNaive);
  EXPECT_THAT(report.why, HasSubstr("too short"));
}

TEST(ForecastLoad, LeavesAThirdOfASeriesToTryAModelOn) {
  // With a season of 12 the ridge has 17 lags and needs 25 + 3 x 17 = 76 steps, two thirds of 114.
  ForecastOptions options = Ahead(6);
  options.model = ModelKind::kRidge;
  options.seasons = {std::chrono::hours(12)};
  const auto load = [](std::size_t i) { return 10 + Wave(i, 12) + 0.1 * Wave(i, 7); };
  EXPECT_EQ(ForecastLoad(Hourly(112, load), options).value().model, ModelKind::kSeasonalNaive);
  EXPECT_EQ(ForecastLoad(Hourly(114, load), options).value().model, ModelKind::kRidge);
}

TEST(ForecastLoad, TakesSeasonsFromTheUser) {
  const LoadSeries series = Hourly(200, [](std::size_t i) { return 10 + Wave(i, 18); });
  ForecastOptions options = Ahead(4);
  options.seasons = {hours(18)};
  const ForecastReport report = ForecastLoad(series, options).value();
  EXPECT_THAT(report.seasons, testing::ElementsAre(Duration(hours(18))));
  for (std::size_t i = 0; i < 4; ++i)
    EXPECT_NEAR(report.forecast.At(i, 1), 10 + Wave(200 + i, 18), 0.1);
}

TEST(ForecastLoad, GivesTheSameForecastAloneAndAmongManyOnAnyNumberOfThreads) {
  std::vector<LoadSeries> many;
  for (std::uint64_t seed = 0; seed < 4; ++seed)
    many.push_back(LoadSeries::Make(TimePoint(), hours(1), AutoregressiveLoad(150, seed)).value());
  const ForecastOptions options = Ahead(5);
  for (const int threads : {1, 3}) {
    std::size_t done = 0;
    const auto reports = ForecastLoads(many, options, threads, [&] { ++done; });
    EXPECT_EQ(done, many.size());
    for (std::size_t i = 0; i < many.size(); ++i) {
      const auto alone = ForecastLoad(many[i], options).value();
      for (std::size_t ahead = 0; ahead < 5; ++ahead)
        EXPECT_THAT(reports[i]->forecast.Row(ahead),
                    testing::ElementsAreArray(alone.forecast.Row(ahead)));
    }
  }
}

TEST(ModelKind, IsReadByTheNameItIsWrittenWith) {
  for (const ModelKind kind : {ModelKind::kAuto, ModelKind::kPersistence, ModelKind::kSeasonalNaive,
                               ModelKind::kRidge, ModelKind::kProfile, ModelKind::kBlend})
    EXPECT_EQ(ParseModelKind(Name(kind)), kind);
  EXPECT_FALSE(ParseModelKind("oracle"));
}

TEST(ForecastLoad, GivesTheSameOfAModelWhetherItIsNamedOrFound) {
  std::vector<LoadSeries> many = {
      Hourly(240, [](std::size_t i) { return 100.0 + Phase(i, 24); }),
      Hourly(40, [](std::size_t i) { return 4.0 + static_cast<double>(i * i % 7); }),
      LoadSeries::Make(TimePoint(), hours(1), AutoregressiveLoad(500, 1)).value(),
      Hourly(500, [](std::size_t i) {
        return 50 + 20 * Wave(i, 24) + static_cast<double>(i * 7919 % 13);
      })};
  for (const LoadSeries& series : many) {
    ForecastOptions options = Ahead(8);
    const ForecastReport found = ForecastLoad(series, options).value();
    options.model = found.model;  // its bands are narrower: it was not chosen
    const ForecastReport named = ForecastLoad(series, options).value();
    EXPECT_EQ(named.model, found.model);
    EXPECT_EQ(named.skill, found.skill);
    for (std::size_t ahead = 0; ahead < 8; ++ahead)
      EXPECT_EQ(named.forecast.At(ahead, 1), found.forecast.At(ahead, 1)) << Name(found.model);
  }
}

TEST(ForecastLoad, NeedsThreeMeasuredValues) {
  const LoadSeries series = Hourly(9, [](std::size_t i) { return i < 2 ? 1.0 : std::nan(""); });
  const auto report = ForecastLoad(series, Ahead(1));
  ASSERT_FALSE(report);
  EXPECT_EQ(report.error().code, ErrorCode::kInsufficientData);
}

TEST(ForecastLoad, RefusesSeasonsThatAreNotWholeSteps) {
  const LoadSeries series = Hourly(50, [](std::size_t i) { return 5.0 + Phase(i, 3); });
  ForecastOptions options = Ahead(1);
  options.seasons = {std::chrono::minutes(90)};
  const auto report = ForecastLoad(series, options);
  ASSERT_FALSE(report);
  EXPECT_EQ(report.error().code, ErrorCode::kInvalidArgument);
}

TEST(ForecastLoad, GivesZeroForASeriesThatIsAlwaysIdle) {
  const LoadSeries series = Hourly(60, [](std::size_t) { return 0.0; });
  const Forecast forecast = ForecastLoad(series, Ahead(3)).value().forecast;
  EXPECT_THAT(forecast.Row(2), testing::Each(0.0));
}

TEST(ForecastLoad, BridgesGapsOfAnyPattern) {
  // Every length, and gaps at the start, inside and at the end: a valid forecast or a
  // plain refusal, never a crash.
  for (std::size_t size = 1; size < 120; ++size) {
    for (const std::size_t gap : {2U, 3U, 7U, 50U}) {
      const LoadSeries series = Hourly(size, [&](std::size_t i) {
        return (i / gap) % 2 == 0 ? std::nan("") : 10.0 + static_cast<double>(i * i % 24);
      });
      const auto report = ForecastLoad(series, Ahead(26));
      if (report) continue;
      EXPECT_EQ(report.error().code, ErrorCode::kInsufficientData) << size;
    }
  }
}

}  // namespace
}  // namespace loadcurve
