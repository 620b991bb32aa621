// Against statsforecast and utilsforecast: classical.json, made by classical.py. Tolerances:
// README.md.

#include <gtest/gtest.h>

#include <chrono>

#include "forecaster/forecast_scores.h"
#include "forecaster/persistence.h"
#include "forecaster/score_tally.h"
#include "forecaster/seasonal_naive.h"
#include "tests/golden/golden_file.h"

namespace loadcurve {
namespace {

using nlohmann::json;
using std::chrono::hours;
using testing::GoldenCases;
using testing::Numbers;

constexpr double kTolerance = 1e-8;

TEST(GoldenClassical, ModelsAreThoseOfStatsforecast) {
  for (const json& golden : GoldenCases("classical.json", "models")) {
    const LoadSeries series =
        LoadSeries::Make(TimePoint(), hours(1), Numbers(golden.at("series"))).value();
    const SeasonalNaive naive(golden.at("season").get<std::size_t>());
    const Persistence persistence;
    for (const ForecastModel* model :
         std::initializer_list<const ForecastModel*>{&naive, &persistence}) {
      const auto expected = Numbers(golden.at(std::string(model->name())));
      const auto ours = model->Fit(series).value()->Predict(expected.size());
      for (std::size_t i = 0; i < expected.size(); ++i)
        EXPECT_NEAR(ours[i], expected[i], kTolerance * expected[i]) << model->name() << i;
    }
  }
}

TEST(GoldenClassical, ScoresOfABacktestAreThoseOfUtilsforecast) {
  const ScoreRules rules{.levels = {0.1, 0.5, 0.9}, .band = 0.9};
  for (const json& golden : GoldenCases("classical.json", "scores")) {
    ForecastParts parts{.step = hours(1), .levels = Numbers(golden.at("levels"))};
    for (const json& row : golden.at("rows"))
      for (const double load : Numbers(row)) parts.loads.push_back(load);
    const Forecast forecast = Forecast::Make(std::move(parts)).value();
    const auto actual = Numbers(golden.at("actual"));
    const double scale = SeasonalNaiveError(Numbers(golden.at("history")), golden.at("season"));
    ScoreTally tally;
    for (std::size_t ahead = 0; ahead < actual.size(); ++ahead)
      tally.Add(forecast, ahead, {.actual = actual[ahead], .scale = scale}, rules);
    const ForecastMetrics metrics = tally.Metrics();
    EXPECT_NEAR(metrics.smape, golden.at("smape"), kTolerance);
    EXPECT_NEAR(metrics.mase, golden.at("mase"), kTolerance);
    EXPECT_NEAR(metrics.pinball, golden.at("pinball"), kTolerance);
    EXPECT_NEAR(metrics.coverage90, golden.at("coverage90"), kTolerance);
    EXPECT_NEAR(metrics.interval_score, golden.at("interval_score"), kTolerance);
  }
}

}  // namespace
}  // namespace loadcurve
