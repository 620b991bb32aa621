#include "metrics/weight_fit.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "metrics/nonnegative_ridge.h"
#include "tests/support/synthetic_service.h"

namespace loadcurve {
namespace {

using testing::SyntheticRoute;
using testing::SyntheticService;

const WeightCurve* CurveOf(const WeightFit& fit, const std::string& route) {
  for (const WeightCurve& curve : fit.curves) {
    if (curve.route == route) return &curve;
  }
  return nullptr;
}

TEST(NonnegativeRidge, FindsThePlainSolutionWhereNothingBinds) {
  // y = 1 + 2 a + 3 b, exactly.
  Eigen::MatrixXd x(4, 2);
  x << 1, 0, 0, 1, 1, 1, 2, 1;
  const Eigen::VectorXd y = (x * Eigen::Vector2d(2, 3)).array() + 1;
  const auto fit = Solve({.x = x, .y = y, .prior = Eigen::Vector2d::Zero()});
  EXPECT_NEAR(fit.intercept, 1, 1e-4);
  EXPECT_NEAR(fit.u(0), 2, 1e-4);
  EXPECT_NEAR(fit.u(1), 3, 1e-4);
}

TEST(NonnegativeRidge, StopsAtZeroWhereTheFreeSolutionIsNegative) {
  Eigen::MatrixXd x(4, 2);
  x << 1, 0, 0, 1, 1, 1, 2, 1;
  const Eigen::VectorXd y = (x * Eigen::Vector2d(2, -1)).array() + 3;
  const auto fit = Solve({.x = x, .y = y, .prior = Eigen::Vector2d::Zero(), .robust_rounds = 0});
  EXPECT_EQ(fit.u(1), 0);
  EXPECT_GT(fit.u(0), 0);
}

TEST(NonnegativeRidge, FollowsTheMorePreciseOfTwoRows) {
  const Eigen::Vector4d x(0, 0, 1, 1);
  const Eigen::Vector4d y(1, 1, 2, 4);
  const NonnegativeRidgeProblem even{.x = x, .y = y, .prior = Eigen::VectorXd::Zero(1)};
  EXPECT_NEAR(Solve(even).u(0), 2, 1e-6);
  NonnegativeRidgeProblem uneven = even;
  uneven.robust_rounds = 0;
  uneven.precision = Eigen::Vector4d(1, 1, 1.5, 0.5);
  // (1.5 * 2 + 0.5 * 4) / 2 = 2.5 where x is 1, and 1 where it is 0.
  EXPECT_NEAR(Solve(uneven).u(0), 1.5, 1e-6);
  EXPECT_NEAR(Solve(uneven).intercept, 1, 1e-6);
}

TEST(NonnegativeRidge, IsPulledToAMultipleOfThePriorAsThePullGrows) {
  // y = a + 5 b; under a prior of 1 : 1 the best multiple alone is 3, as a and b are alike.
  Eigen::MatrixXd x(4, 2);
  x << 1, 0, 0, 1, 2, 0, 0, 2;
  const Eigen::VectorXd y = x * Eigen::Vector2d(1, 5);
  double previous = 4.001;
  for (const double lambda : {0.0, 0.1, 1.0, 10.0, 1e6}) {
    const auto fit = Solve(
        {.x = x, .y = y, .prior = Eigen::Vector2d(7, 7), .lambda = lambda, .robust_rounds = 0});
    EXPECT_LT(fit.u(1) - fit.u(0), previous) << lambda;
    previous = fit.u(1) - fit.u(0);
  }
  EXPECT_NEAR(previous, 0, 1e-4);
}

TEST(NonnegativeRidge, GivesAColumnOfZerosItsShareOfThePrior) {
  Eigen::MatrixXd x(4, 2);
  x << 1, 0, 2, 0, 3, 0, 4, 0;
  const auto fit = Solve({.x = x,
                          .y = 2 * x.col(0),
                          .prior = Eigen::Vector2d(1, 10),
                          .lambda = 0.01,
                          .robust_rounds = 0});
  EXPECT_NEAR(fit.u(0), 2, 1e-6);
  EXPECT_NEAR(fit.u(1), 20, 1e-5);
}

TEST(NonnegativeRidge, IsNotBentByOneWindowGoneWrong) {
  Eigen::MatrixXd x(40, 1);
  Eigen::VectorXd y(40);
  for (int i = 0; i < 40; ++i) {
    x(i, 0) = i;
    y(i) = 1 + 0.5 * i + 0.01 * (i % 3);
  }
  y(7) = 100;
  const auto fit = Solve({.x = x, .y = y, .prior = Eigen::VectorXd::Zero(1)});
  EXPECT_NEAR(fit.u(0), 0.5, 0.01);
}

TEST(FitWeights, RecoversWhatEachRouteCosts) {
  const SyntheticService service;
  const auto fit = FitWeights(service.Draw(240, 1));
  ASSERT_TRUE(fit);
  EXPECT_NEAR(fit->idle.value(), service.idle_cores, 0.03);
  for (const SyntheticRoute& route : service.routes) {
    const WeightCurve* curve = CurveOf(*fit, route.name);
    ASSERT_NE(curve, nullptr) << route.name;
    const WeightKnot& typical = curve->knots[1];
    EXPECT_NEAR(typical.weight, route.CostOf(Seconds(typical.upper)),
                0.15 * route.CostOf(Seconds(typical.upper)) + 5e-4)
        << route.name;
  }
}

TEST(FitWeights, NeverLetsALongerRequestOfARouteCostLess) {
  for (std::uint64_t seed = 1; seed <= 3; ++seed) {
    const auto fit = FitWeights(SyntheticService{.noise = 0.3}.Draw(60, seed));
    ASSERT_TRUE(fit);
    for (const WeightCurve& curve : fit->curves) {
      double previous = 0;
      for (const WeightKnot& knot : curve.knots) {
        EXPECT_GE(knot.weight, previous) << curve.route;
        EXPECT_LE(knot.low, knot.weight);
        EXPECT_GE(knot.high, knot.weight);
        previous = knot.weight;
      }
    }
  }
}

TEST(FitWeights, HasACurveForRoutesItNeverSaw) {
  const auto fit = FitWeights(SyntheticService().Draw(60, 1));
  ASSERT_TRUE(fit);
  EXPECT_NE(CurveOf(*fit, std::string(kAnyRoute)), nullptr);
}

TEST(FitWeights, TakesARequestThatWaitsForNoMoreWorkThanOneTwiceAsLongAsItSaw) {
  const CostWindows windows = SyntheticService().Draw(240, 1);
  const auto fit = FitWeights(windows);
  ASSERT_TRUE(fit);
  const auto weights = RequestWeights::Fitted(fit->curves, CpuSeconds(0.001));
  ASSERT_TRUE(weights) << weights.error().message;
  double longest = 0;
  for (std::size_t c = 0; c < windows.columns.size(); ++c) {
    if (windows.columns[c].route == "POST /heavy" &&
        windows.requests.col(static_cast<Eigen::Index>(c)).sum() > 0)
      longest = std::max(longest, windows.columns[c].mean_seconds);
  }
  const auto cost = [&](const std::string& route, double seconds) {
    return weights->CostOf({.route = route}, Duration(std::llround(seconds * 1e6)));
  };
  const double most = cost("POST /heavy", 2 * longest);
  EXPECT_GT(most, 1.2 * cost("POST /heavy", longest));
  EXPECT_NEAR(cost("POST /heavy", 10 * longest), most, 1e-3 * most);
}

TEST(FitWeights, GivesTheSameFitForTheSameWindows) {
  const CostWindows windows = SyntheticService().Draw(60, 4);
  EXPECT_EQ(FitWeights(windows)->curves, FitWeights(windows)->curves);
}

TEST(FitWeights, SaysWhyItCannotFit) {
  CostWindows windows = SyntheticService().Draw(60, 1);
  EXPECT_EQ(FitWeights(SyntheticService().Draw(19, 1)).error().code, ErrorCode::kInsufficientData);
  windows.cores.setConstant(0.5);
  EXPECT_THAT(FitWeights(windows).error().message, ::testing::HasSubstr("CPU never changes"));
}

TEST(JudgeOutOfSample, RanksFittedFirstWhereTheMixShifts) {
  const OutOfSampleFits fits = JudgeOutOfSample(SyntheticService().Draw(240, 1));
  EXPECT_GT(fits.fitted.r2, 0.95);
  EXPECT_GT(fits.fitted.r2, fits.occupancy.r2 + 0.1);
  EXPECT_GT(fits.fitted.r2, fits.count.r2 + 0.1);
  EXPECT_GT(fits.fitted.r2, fits.cudgx.r2 + 0.1);
  EXPECT_GT(fits.saving_in_errors, 1.64);
}

TEST(JudgeOutOfSample, SeesAClearGainInTwoDozenWindows) {
  // All periods are longer than the record, so that each held-out block is a new mix.
  int won = 0;
  for (std::uint64_t seed = 1; seed <= 20; ++seed)
    won += JudgeOutOfSample(SyntheticService().Draw(24, seed)).saving_in_errors > 1.64 ? 1 : 0;
  EXPECT_GE(won, 18);
}

TEST(JudgeOutOfSample, SeesNoGainWhereTimeHeldIsTheCost) {
  SyntheticService service;
  for (SyntheticRoute& route : service.routes) {
    route.fixed = 0;
    route.per_second = 0.5;
  }
  const OutOfSampleFits fits = JudgeOutOfSample(service.Draw(120, 2));
  EXPECT_GT(fits.occupancy.r2, 0.9);
  EXPECT_LT(fits.saving_in_errors, 1.64);
}

// CPU that wanders on its own, and load that swings slowly: each seems to explain the other
// for a while. Were the standard error right, the saving would seldom exceed two of them.
TEST(JudgeOutOfSample, IsNotFooledByCpuThatWandersOnItsOwn) {
  double squares = 0;
  constexpr int kDraws = 40;
  for (std::uint64_t seed = 1; seed <= kDraws; ++seed) {
    CostWindows windows = SyntheticService().Draw(144, seed);
    std::mt19937_64 random(seed);
    double walk = 0;
    for (double& cores : windows.cores) {
      walk = 0.98 * walk + std::normal_distribution<>(0, 0.1)(random);
      cores = 2 + walk;
    }
    const double saving = JudgeOutOfSample(windows).saving_in_errors;
    EXPECT_LT(saving, 1.64) << seed;
    squares += saving * saving;
  }
  EXPECT_LT(squares / kDraws, 1.5);
}

// The share of 90 % intervals that hold the true cost, over many draws of the synthetic
// service, at every knot of every route. In optimized builds over 200 draws, about 1,700
// intervals; the standard error of the share is then about 1 point.
TEST(FitWeights, GivesIntervalsThatHoldTheTruthAsOftenAsTheySay) {
#ifdef NDEBUG
  constexpr std::uint64_t kDraws = 200;
#else
  constexpr std::uint64_t kDraws = 10;
#endif
  const SyntheticService service;
  int held = 0;
  int all = 0;
  for (std::uint64_t seed = 1; seed <= kDraws; ++seed) {
    const auto fit = FitWeights(service.Draw(240, 1000 + seed));
    ASSERT_TRUE(fit);
    for (const SyntheticRoute& route : service.routes) {
      const WeightCurve* curve = CurveOf(*fit, route.name);
      if (curve == nullptr) continue;
      // The last knot is not measured: it only says that the curve is level from the one before.
      for (std::size_t k = 0; k + 1 < curve->knots.size(); ++k) {
        const WeightKnot& knot = curve->knots[k];
        const double truth = route.CostOf(Seconds(knot.upper));
        held += knot.low <= truth && truth <= knot.high ? 1 : 0;
        ++all;
      }
    }
  }
  const double coverage = static_cast<double>(held) / all;
  RecordProperty("coverage", std::to_string(coverage));
  EXPECT_GE(coverage, 0.80);
  EXPECT_LE(coverage, 0.97);
}

}  // namespace
}  // namespace loadcurve
