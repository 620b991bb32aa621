#include "forecaster/score_tally.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

namespace loadcurve {
namespace {

using std::chrono::hours;

const ScoreRules kRules{.levels = {0.1, 0.5, 0.9}, .band = 0.9};

// One step: quantiles at LevelsToJudge(kRules), which are 0.05 0.1 0.5 0.9 0.95.
Forecast One(std::vector<double> loads) {
  return Forecast::Make({TimePoint(), hours(1), LevelsToJudge(kRules), std::move(loads), ""})
      .value();
}

TEST(LevelsToJudge, AreThoseOfTheLossAndOfTheBandsEachOnce) {
  EXPECT_THAT(LevelsToJudge(kRules), testing::ElementsAre(0.05, 0.1, 0.5, 0.9, 0.95));
  EXPECT_THAT(LevelsToJudge({.levels = {0.5}, .band = 0.95}),
              testing::ElementsAre(0.025, 0.05, 0.5, 0.95, 0.975));
}

TEST(ScoreTally, GivesTheNumbersOfAStepReckonedByHand) {
  const Forecast forecast = One({80, 90, 100, 110, 120});
  const Forecast naive = One({100, 100, 100, 100, 100});
  ScoreTally tally;
  tally.Add(forecast, 0, {.actual = 130, .scale = 20, .naive = &naive}, kRules);
  const ForecastMetrics metrics = tally.Metrics();
  EXPECT_NEAR(metrics.smape, 200.0 * 30 / 230, 1e-12);
  EXPECT_NEAR(metrics.mase, 1.5, 1e-12);
  // (0.1 x 40 + 0.5 x 30 + 0.9 x 20) / 3, against (0.1 + 0.5 + 0.9) x 30 / 3.
  EXPECT_NEAR(metrics.pinball, 37.0 / 3, 1e-12);
  EXPECT_NEAR(metrics.skill, 1 - 37.0 / 45, 1e-12);
  EXPECT_EQ(metrics.coverage90, 0);
  // A band of 40, missed by 10, each unit of which counts 2 / 0.1.
  EXPECT_NEAR(metrics.interval_score, (40 + 20 * 10) / 20.0, 1e-9);
}

TEST(ScoreTally, LeavesOutWhatIsMissingAndSaysNothingWithoutSeason) {
  const Forecast forecast = One({80, 90, 100, 110, 120});
  ScoreTally tally;
  tally.Add(forecast, 0, {.actual = std::nan(""), .scale = 20}, kRules);
  EXPECT_EQ(tally.steps(), 0U);
  EXPECT_TRUE(std::isnan(tally.Metrics().pinball));
  tally.Add(forecast, 0, {.actual = 100, .scale = std::nan("")}, kRules);
  EXPECT_EQ(tally.steps(), 1U);
  EXPECT_EQ(tally.Metrics().coverage90, 1);
  EXPECT_TRUE(std::isnan(tally.Metrics().mase));
  EXPECT_TRUE(std::isnan(tally.Metrics().skill));
}

TEST(ScoreTally, OfPartsAddUpToThatOfTheWhole) {
  const Forecast forecast = One({80, 90, 100, 110, 120});
  ScoreTally whole;
  ScoreTally parts;
  for (const double actual : {85.0, 97.0, 140.0}) {
    ScoreTally part;
    whole.Add(forecast, 0, {.actual = actual, .scale = 10, .naive = &forecast}, kRules);
    part.Add(forecast, 0, {.actual = actual, .scale = 10, .naive = &forecast}, kRules);
    parts.Add(part);
  }
  EXPECT_EQ(parts.steps(), 3U);
  EXPECT_DOUBLE_EQ(parts.Metrics().pinball, whole.Metrics().pinball);
  EXPECT_DOUBLE_EQ(parts.Metrics().interval_score, whole.Metrics().interval_score);
  EXPECT_DOUBLE_EQ(parts.Metrics().coverage90, 2.0 / 3);
  EXPECT_EQ(parts.Metrics().skill, 0);
}

}  // namespace
}  // namespace loadcurve
