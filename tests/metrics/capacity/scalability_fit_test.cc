#include "metrics/capacity/scalability_fit.h"

#include <gtest/gtest.h>

#include <cmath>

namespace loadcurve {
namespace {

// A step of one second in which X(N) is answered with N held at once.
RampStep Holding(double held, double lambda, double sigma, double kappa) {
  const double rate = lambda * held / (1 + sigma * (held - 1) + kappa * held * (held - 1));
  RampStep step{.verdict = StepVerdict::kGood, .rate = rate};
  // Whole requests: long enough that rounding does not matter.
  const auto answered = static_cast<std::uint64_t>(std::llround(rate * 1e4));
  step.intervals.push_back({.from = TimePoint(std::chrono::seconds(0)),
                            .to = TimePoint(std::chrono::seconds(10'000)),
                            .mean_in_flight = held,
                            .replicas = {{.answered = answered}}});
  return step;
}

TEST(FitScalability, FindsTheLawItWasDrawnFrom) {
  std::vector<RampStep> steps;
  for (const double held : {1.0, 2.0, 5.0, 10.0, 20.0, 40.0})
    steps.push_back(Holding(held, 100, 0.05, 0.001));
  const auto fit = FitScalability(steps);
  ASSERT_TRUE(fit);
  EXPECT_NEAR(fit->lambda, 100, 0.1);
  EXPECT_NEAR(fit->sigma, 0.05, 1e-4);
  EXPECT_NEAR(fit->kappa, 0.001, 1e-5);
  // N = sqrt(0.95 / 0.001) = 30.8; X = 3082 / (1 + 1.49 + 0.919) = 904.
  EXPECT_NEAR(fit->most_held.value(), 30.8, 0.1);
  EXPECT_NEAR(fit->most_rate.value(), 904, 1);
}

TEST(FitScalability, GivesTheServiceRateOfASingleQueue) {
  // M/M/1 with 10 ms: R = S (1 + N), so that X = N / (S (1 + N)) tends to 100/s.
  std::vector<RampStep> steps;
  for (const double held : {0.2, 0.5, 1.0, 2.0, 4.0}) {
    RampStep step = Holding(held, 1, 0, 0);
    const auto answered = std::llround(held / (0.010 * (1 + held)) * 1e4);
    step.intervals[0].replicas[0].answered = static_cast<std::uint64_t>(answered);
    steps.push_back(step);
  }
  EXPECT_NEAR(FitScalability(steps).value().most_rate.value(), 100, 0.1);
}

TEST(FitScalability, NeedsFourSteps) {
  const std::vector<RampStep> steps(3, Holding(1, 100, 0, 0));
  EXPECT_FALSE(FitScalability(steps));
}

}  // namespace
}  // namespace loadcurve
