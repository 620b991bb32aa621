#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <cmath>

#include "forecaster/blend.h"
#include "forecaster/persistence.h"
#include "forecaster/profile_regression.h"
#include "forecaster/ridge_autoregression.h"
#include "forecaster/ridge_regression.h"
#include "forecaster/seasonal_naive.h"
#include "forecaster/smooth_past.h"
#include "tests/forecaster/synthetic_load.h"

namespace loadcurve {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using testing::DoubleNear;
using testing::ElementsAre;

TEST(FitRidge, RecoversALine) {
  Eigen::MatrixXd rows(4, 1);
  rows << 0, 1, 2, 3;
  const Eigen::VectorXd targets = (2 * rows.col(0)).array() + 5;
  const LinearFit fit = FitRidge(rows, targets, Eigen::VectorXd::Ones(4), 1e-9);
  EXPECT_NEAR(fit.slopes[0], 2, 1e-6);
  EXPECT_NEAR(fit.intercept, 5, 1e-6);
}

TEST(FitRidge, HalvesTheSlopeAtAPenaltyOfOneVarianceAndKeepsTheMean) {
  Eigen::MatrixXd rows(4, 1);
  rows << 0, 1, 2, 3;
  const Eigen::VectorXd targets = 2 * rows.col(0);
  const LinearFit fit = FitRidge(rows, targets, Eigen::VectorXd::Ones(4), 1);
  EXPECT_NEAR(fit.slopes[0], 1, 1e-9);
  EXPECT_NEAR(fit.intercept + 1.5 * fit.slopes[0], 3, 1e-9);
}

TEST(FitRidge, ForgetsRowsWithoutWeight) {
  Eigen::MatrixXd rows(4, 1);
  rows << 0, 1, 2, 1;
  const Eigen::VectorXd targets = Eigen::Vector4d(0, 1, 2, 1000);
  const Eigen::VectorXd weights = Eigen::Vector4d(1, 1, 1, 0);
  EXPECT_NEAR(FitRidge(rows, targets, weights, 1e-9).slopes[0], 1, 1e-6);
}

TEST(FitRidge, GivesNoSlopeToAColumnThatNeverChanges) {
  const LinearFit fit = FitRidge(Eigen::MatrixXd::Constant(3, 1, 7), Eigen::Vector3d(1, 2, 3),
                                 Eigen::VectorXd::Ones(3), 0.01);
  EXPECT_EQ(fit.slopes[0], 0);
  EXPECT_DOUBLE_EQ(fit.intercept, 2);
}

// Targets 0, 2, 4, 6 at 0, 1, 2, 3, in two parts: the slope of FitRidge above.
TEST(GrowingRidge, IsTheSameWhetherRowsComeAtOnceOrBitByBit) {
  GrowingRidge ridge(1);
  ridge.Add(Eigen::Vector3d(0, 1, 2), Eigen::Vector3d(0, 2, 4));
  EXPECT_NEAR(ridge.Fit(1).slopes[0], 1, 1e-12);
  ridge.Add(Eigen::VectorXd::Constant(1, 3), Eigen::VectorXd::Constant(1, 6));
  EXPECT_NEAR(ridge.Fit(1).slopes[0], 1, 1e-12);
  EXPECT_NEAR(ridge.Fit(1).intercept, 1.5, 1e-12);
}

TEST(GrowingRidge, GivesNoSlopeToAColumnThatNeverChanges) {
  GrowingRidge ridge(2);
  Eigen::MatrixXd rows(3, 2);
  rows << 0.1, 1, 0.1, 2, 0.1, 4;
  ridge.Add(rows, Eigen::Vector3d(3, 6, 12));
  const LinearFit fit = ridge.Fit(1e-9);
  EXPECT_NEAR(fit.slopes[0], 0, 1e-6);
  EXPECT_NEAR(fit.slopes[1], 3, 1e-6);
}

TEST(RidgeAutoregression, ContinuesADayThatGrowsByTheWeek) {
  // exp of a wave, 1 % more each day: linear in its own past on the log scale.
  const auto load = [](std::size_t i) {
    return 100 * std::exp(Wave(i, 24)) * std::pow(1.01, static_cast<double>(i) / 24);
  };
  const auto fitted = RidgeAutoregression({24, 168}).Fit(SeriesOf(700, hours(1), load)).value();
  const auto path = fitted->Predict(48);
  for (std::size_t ahead = 0; ahead < 48; ++ahead)
    EXPECT_NEAR(path[ahead] / load(700 + ahead), 1, 0.05) << ahead;
}

TEST(RidgeAutoregression, StaysWithinAFifthBeyondWhatWasMeasured) {
  const auto fitted =
      RidgeAutoregression({})
          .Fit(SeriesOf(200, hours(1),
                        [](std::size_t i) { return std::exp(0.05 * static_cast<double>(i)); }))
          .value();
  for (const double load : fitted->Predict(500)) {
    EXPECT_LE(load, 1.2 * std::exp(0.05 * 199) * (1 + 1e-9));
    EXPECT_GE(load, 0.8 * (1 - 1e-9));
  }
}

TEST(RidgeAutoregression, BearsZerosAndGaps) {
  const auto fitted = RidgeAutoregression({24})
                          .Fit(SeriesOf(400, hours(1),
                                        [](std::size_t i) {
                                          if (i % 17 == 5) return std::nan("");
                                          return i % 24 < 6 ? 0.0 : 50 + 10 * Wave(i, 24);
                                        }))
                          .value();
  const auto path = fitted->Predict(24);
  for (std::size_t ahead = 0; ahead < 24; ++ahead) {
    ASSERT_TRUE(std::isfinite(path[ahead]));
    const std::size_t hour = (400 + ahead) % 24;
    EXPECT_TRUE(hour >= 6 || path[ahead] < 10) << hour << ": " << path[ahead];
    EXPECT_TRUE(hour <= 7 || path[ahead] > 25) << hour << ": " << path[ahead];
  }
}

// What comes is on the scale of what was, or on another: the first zero and each load after it
// move the scale.
TEST(RidgeAutoregression, FittedAnewIsAsIfItHadBeenGivenAllAtOnce) {
  for (const double lowest : {20.0, 0.0}) {
    const auto whole = SeriesOf(400, hours(1), [&](std::size_t i) {
      if (i % 31 == 7) return std::nan("");
      return i % 50 == 0 && i > 320 ? lowest : 50 + 20 * Wave(i, 24) + static_cast<double>(i % 7);
    });
    const RidgeAutoregression model({24});
    const auto loads = whole.values();
    const auto fitted =
        model.Fit(SeriesOf(300, hours(1), [&](std::size_t i) { return loads[i]; })).value();
    for (std::size_t i = 300; i < 400; ++i) {
      fitted->Observe(loads[i]);
      if (i % 40 == 0) {
        ASSERT_TRUE(fitted->Refit());
      }
    }
    ASSERT_TRUE(fitted->Refit());
    const auto expected = model.Fit(whole).value()->Predict(24);
    const auto path = fitted->Predict(24);
    for (std::size_t ahead = 0; ahead < 24; ++ahead)
      EXPECT_NEAR(path[ahead] / expected[ahead], 1, 1e-9) << lowest << ", " << ahead;
  }
}

TEST(RidgeAutoregression, SaysHowMuchHistoryItNeeds) {
  const auto series = SeriesOf(60, hours(1), [](std::size_t i) { return Phase(i, 24); });
  const auto fitted = RidgeAutoregression({24}).Fit(series);
  ASSERT_FALSE(fitted);
  EXPECT_EQ(fitted.error().code, ErrorCode::kInsufficientData);
}

TEST(SmoothPast, TakesAMissingValueFromTheDayBefore) {
  SmoothPast past(3, 1);
  for (const double load : {1.0, 2.0, 3.0, 4.0, std::nan("")}) past.Append(load);
  EXPECT_DOUBLE_EQ(past.FromLog(past.Level(5, 1)), 2);
  EXPECT_DOUBLE_EQ(past.FromLog(past.Level(5, 2)), 3);
}

TEST(WithoutOutages, TakesZerosOutOfBusyHoursAndLeavesIdleNights) {
  const auto series = SeriesOf(96 * 6, minutes(15), [](std::size_t i) {
    const bool is_night = i % 96 < 24;
    const bool is_outage = i >= 96 * 3 + 48 && i < 96 * 3 + 60;
    return is_night || is_outage ? 0.0 : 10.0;
  });
  const auto cleaned = WithoutOutages(series.values(), 96);
  for (std::size_t i = 0; i < cleaned.size(); ++i) {
    const bool is_outage = i >= 96 * 3 + 48 && i < 96 * 3 + 60;
    EXPECT_EQ(std::isnan(cleaned[i]), is_outage) << i;
  }
}

TEST(ProfileRegression, MovesTheLevelAsItMovedOnTheDaysBefore) {
  // The load doubles from day to day's level but keeps its shape.
  const auto load = [](std::size_t i) {
    const double size = 1 + 0.05 * static_cast<double>((i / 96) % 5);
    return 1000 * size * std::exp(Wave(i, 96));
  };
  const auto fitted =
      ProfileRegression(96, 7, 24).Fit(SeriesOf(96 * 28 - 40, minutes(15), load)).value();
  const auto path = fitted->Predict(24);
  for (std::size_t ahead = 0; ahead < 24; ++ahead)
    EXPECT_NEAR(path[ahead] / load(96 * 28 - 40 + ahead), 1, 0.08) << ahead;
}

TEST(ProfileRegression, AppliesToFineStepsAndHorizonsWithinADay) {
  EXPECT_TRUE(ProfileRegression::Fits(1440, 60));
  EXPECT_FALSE(ProfileRegression::Fits(24, 2));
  EXPECT_FALSE(ProfileRegression::Fits(1440, 1440));
}

TEST(Blend, IsTheWeightedMeanOfItsMembers) {
  const Persistence level;
  const SeasonalNaive season(2);
  const Blend blend({{&level, {0.25}}, {&season, {0.75}}});
  const auto series = LoadSeries::Make(TimePoint(), hours(1), {2, 2, 2, 2, 2, 2, 4, 0}).value();
  // Level of the last five: (2 + 2 + 2 + 4 + 0) / 5 = 2.
  EXPECT_THAT(blend.Fit(series).value()->Predict(2),
              ElementsAre(0.25 * 2 + 0.75 * 4, 0.25 * 2 + 0.75 * 0));
}

TEST(Blend, HasSharesOfItsOwnForEachStepAndTheLastOnesBeyond) {
  const Persistence level;
  const SeasonalNaive season(2);
  const Blend blend({{&level, {1, 0}}, {&season, {0, 1}}});
  const auto series = LoadSeries::Make(TimePoint(), hours(1), {2, 2, 2, 2, 2, 2, 4, 0}).value();
  EXPECT_THAT(blend.Fit(series).value()->Predict(3), ElementsAre(2, 0, 4));
}

TEST(ToShares, FallWithTheSixthPowerOfTheLoss) {
  std::array one_twice_as_bad = {1.0, 2.0};
  ToShares(one_twice_as_bad);
  EXPECT_THAT(one_twice_as_bad,
              ElementsAre(DoubleNear(64.0 / 65, 1e-12), DoubleNear(1.0 / 65, 1e-12)));
  std::array two_without_loss = {0.0, 2.0, 0.0};
  ToShares(two_without_loss);
  EXPECT_THAT(two_without_loss, ElementsAre(0.5, 0, 0.5));
}

// Two members at three origins, one step ahead, where the load is 10.
TEST(BlendShares, OfAnOriginAreThoseThatTheOthersGive) {
  const auto member = [](std::array<double, 3> predicted) {
    std::vector<RollingOrigin> origins;
    for (std::size_t i = 0; i < 3; ++i) origins.push_back({i, {predicted[i]}, {10}});
    return origins;
  };
  // The first missed by 1, 1 and 4, the second by 2, 2 and 0.
  const std::vector members = {member({11, 11, 14}), member({12, 12, 10})};
  const BlendShares shares(members, 1);
  // 6 and 4 in all: (4 / 6)^6 against 1.
  const double all = std::pow(4.0 / 6, 6);
  EXPECT_NEAR(shares.OfAll()[0][0], all / (1 + all), 1e-12);
  // Without the last origin 2 and 4: 1 against (2 / 4)^6 = 1 / 64.
  EXPECT_NEAR(shares.Origins(true)[2].predicted[0], (64 * 14.0 + 10) / 65, 1e-12);
  EXPECT_NEAR(shares.Origins(false)[2].predicted[0], (all * 14 + 10) / (all + 1), 1e-12);
}

}  // namespace
}  // namespace loadcurve
