// Against numpy and scikit-learn: forecasts.json, made by forecasts.py from the words of
// docs/forecasting.md. Tolerances: README.md.

#include <gtest/gtest.h>

#include <chrono>
#include <memory>

#include "forecaster/conformal.h"
#include "forecaster/forecast_scores.h"
#include "forecaster/load_forecast.h"
#include "forecaster/persistence.h"
#include "forecaster/ridge_autoregression.h"
#include "forecaster/ridge_regression.h"
#include "forecaster/seasonal_naive.h"
#include "tests/golden/golden_file.h"

namespace loadcurve {
namespace {

using nlohmann::json;
using std::chrono::hours;
using testing::GoldenCases;
using testing::Matrix;
using testing::Numbers;
using testing::Vector;

constexpr double kTolerance = 1e-8;

void ExpectAlike(const std::vector<double>& ours, const std::vector<double>& golden) {
  ASSERT_EQ(ours.size(), golden.size());
  for (std::size_t i = 0; i < ours.size(); ++i)
    EXPECT_NEAR(ours[i], golden[i], kTolerance * std::max(1.0, std::abs(golden[i]))) << i;
}

LoadSeries SeriesOf(const json& golden) {
  return LoadSeries::Make(TimePoint(), hours(1), Numbers(golden.at("series"))).value();
}

std::vector<double> Flat(const json& rows) {
  std::vector<double> values;
  for (const json& row : rows) {
    const std::vector<double> numbers = Numbers(row);
    values.insert(values.end(), numbers.begin(), numbers.end());
  }
  return values;
}

TEST(GoldenForecasts, RidgeSlopesAreThoseOfScikitLearn) {
  for (const json& golden : GoldenCases("forecasts.json", "slopes")) {
    const LinearFit fit = FitRidge(Matrix(golden.at("rows")), Vector(golden.at("targets")),
                                   Vector(golden.at("weights")), golden.at("penalty"));
    ExpectAlike({fit.slopes.begin(), fit.slopes.end()}, Numbers(golden.at("slopes")));
    EXPECT_NEAR(fit.intercept, golden.at("intercept"), kTolerance);
  }
}

TEST(GoldenForecasts, ModelsAreAsTheDocumentSays) {
  for (const json& golden : GoldenCases("forecasts.json", "models")) {
    const auto seasons = golden.at("seasons").get<std::vector<std::size_t>>();
    std::vector<std::unique_ptr<ForecastModel>> models;
    models.push_back(std::make_unique<Persistence>());
    models.push_back(std::make_unique<RidgeAutoregression>(seasons));
    if (!seasons.empty()) models.push_back(std::make_unique<SeasonalNaive>(seasons.front()));
    for (const auto& model : models) {
      SCOPED_TRACE(golden.at("name").get<std::string>() + ", " + std::string(model->name()));
      const auto expected = Numbers(golden.at(std::string(model->name())));
      ExpectAlike(model->Fit(SeriesOf(golden)).value()->Predict(expected.size()), expected);
    }
  }
}

TEST(GoldenForecasts, BandsAreAsTheDocumentSays) {
  for (const json& golden : GoldenCases("forecasts.json", "bands")) {
    SCOPED_TRACE(golden.at("name").get<std::string>());
    std::vector<RollingOrigin> origins;
    for (std::size_t i = 0; i < golden.at("predicted").size(); ++i)
      origins.push_back(
          {i + 1, Numbers(golden.at("predicted")[i]), Numbers(golden.at("actual")[i])});
    const auto bands =
        ConformalBands::Make(origins, golden.at("horizon"), Numbers(golden.at("levels")));
    EXPECT_EQ(bands.power(), golden.at("power"));
    ExpectAlike(bands.Around(Numbers(golden.at("path"))), Flat(golden.at("loads")));
  }
}

TEST(GoldenForecasts, TheWholeForecastIsAsTheDocumentSays) {
  for (const json& golden : GoldenCases("forecasts.json", "whole")) {
    for (const ModelKind model :
         {ModelKind::kPersistence, ModelKind::kSeasonalNaive, ModelKind::kRidge}) {
      const std::string name(Name(model));
      if (!golden.contains(name)) continue;
      SCOPED_TRACE(golden.at("name").get<std::string>() + ", " + name);
      ForecastOptions options{.horizon = golden.at("horizon"),
                              .levels = Numbers(golden.at("levels")),
                              .seasons = {},
                              .model = model};
      for (const json& season : golden.at("seasons"))
        options.seasons.push_back(hours(season.get<int>()));
      const Forecast forecast = ForecastLoad(SeriesOf(golden), options).value().forecast;
      std::vector<double> loads;
      for (std::size_t ahead = 0; ahead < forecast.horizon(); ++ahead)
        loads.insert(loads.end(), forecast.Row(ahead).begin(), forecast.Row(ahead).end());
      ExpectAlike(loads, Flat(golden.at(name)));
    }
  }
}

TEST(GoldenForecasts, ScoresAreThoseOfTheFormulas) {
  for (const json& golden : GoldenCases("forecasts.json", "scores")) {
    const auto history = Numbers(golden.at("history"));
    const auto actual = Numbers(golden.at("actual"));
    const auto predicted = Numbers(golden.at("predicted"));
    const std::size_t season = golden.at("season");
    EXPECT_NEAR(Smape(actual, predicted), golden.at("smape"), kTolerance);
    EXPECT_NEAR(Mase(history, season, actual, predicted), golden.at("mase"), kTolerance);
    EXPECT_NEAR(Msis(history, season, actual, Numbers(golden.at("low")), Numbers(golden.at("high")),
                     golden.at("miss_share")),
                golden.at("msis"), kTolerance);
    for (std::size_t i = 0; i < golden.at("levels").size(); ++i) {
      const double level = golden.at("levels")[i];
      const Forecast forecast =
          Forecast::Make({TimePoint(), hours(1), {level}, predicted, ""}).value();
      EXPECT_NEAR(MeanPinballLoss(forecast, actual), golden.at("pinball")[i], kTolerance) << level;
    }
  }
}

}  // namespace
}  // namespace loadcurve
