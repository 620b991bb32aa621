// Against numpy, statsmodels and scikit-learn: seasonal_models.json, made by seasonal_models.py.
// Tolerances: README.md.

#include <gtest/gtest.h>

#include <chrono>
#include <cmath>

#include "forecaster/harmonic_regression.h"
#include "forecaster/profile_regression.h"
#include "forecaster/seasonal_trend.h"
#include "tests/golden/golden_file.h"

namespace loadcurve {
namespace {

using nlohmann::json;
using std::chrono::hours;
using testing::GoldenCases;
using testing::Numbers;

void ExpectForetold(const ForecastModel& model, const json& golden, const std::string& of,
                    double tolerance) {
  SCOPED_TRACE(of);
  const LoadSeries series =
      LoadSeries::Make(TimePoint(), hours(1), Numbers(golden.at("series"))).value();
  const auto expected = Numbers(golden.at(of));
  const auto ours = model.Fit(series).value()->Predict(expected.size());
  for (std::size_t i = 0; i < expected.size(); ++i)
    EXPECT_NEAR(ours[i], expected[i], tolerance * std::max(1.0, std::abs(expected[i]))) << i;
}

std::vector<std::size_t> SeasonsOf(const json& golden) {
  return golden.at("seasons").get<std::vector<std::size_t>>();
}

TEST(GoldenSeasonalModels, WavesAndPartsAreAsTheDocumentSays) {
  for (const json& golden : GoldenCases("seasonal_models.json", "models")) {
    SCOPED_TRACE(golden.at("name").get<std::string>());
    const auto seasons = SeasonsOf(golden);
    const std::size_t horizon = golden.at("harmonic").size();
    ExpectForetold(HarmonicRegression(seasons), golden, "harmonic", 1e-8);
    ExpectForetold(SeasonalTrend({seasons, horizon, 0}), golden, "decomposition", 1e-8);
    ExpectForetold(SeasonalTrend({seasons, horizon, golden.at("half_life")}), golden, "fading",
                   1e-8);
  }
}

TEST(GoldenSeasonalModels, TheProfileIsAsTheDocumentSays) {
  for (const json& golden : GoldenCases("seasonal_models.json", "profiles")) {
    SCOPED_TRACE(golden.at("name").get<std::string>());
    ExpectForetold(
        ProfileRegression(golden.at("day"), golden.at("days"), golden.at("profile").size()), golden,
        "profile", 1e-8);
  }
}

TEST(GoldenSeasonalModels, ForetellNearlyWhatStatsmodelsForetellsOfALoadThatSuitsBoth) {
  for (const json& golden : GoldenCases("seasonal_models.json", "peers")) {
    const auto seasons = SeasonsOf(golden);
    ExpectForetold(HarmonicRegression(seasons), golden, "harmonic", 0.1);
    ExpectForetold(SeasonalTrend({seasons, golden.at("decomposition").size(), 0}), golden,
                   "decomposition", 0.1);
  }
}

}  // namespace
}  // namespace loadcurve
