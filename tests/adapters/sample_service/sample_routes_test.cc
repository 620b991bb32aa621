#include "adapters/sample_service/sample_routes.h"

#include <gtest/gtest.h>

#include <cmath>

namespace loadcurve::sample {
namespace {

TEST(DrawWork, KeepsTheMeanAndSpreadsAroundIt) {
  for (const SampleRoute& route : SampleRoutes()) {
    std::mt19937_64 random(3);
    constexpr int kDraws = 20'000;
    double cpu = 0;
    double cpu_squared = 0;
    double wait = 0;
    for (int i = 0; i < kDraws; ++i) {
      const Work work = DrawWork(route, random);
      cpu += Seconds(work.cpu) / kDraws;
      cpu_squared += Seconds(work.cpu) * Seconds(work.cpu) / kDraws;
      wait += Seconds(work.wait) / kDraws;
    }
    // One sigma of the mean is spread / sqrt(20,000) = 0.3 % at most; 2 % is beyond six.
    EXPECT_NEAR(cpu / Seconds(route.mean_cpu), 1, 0.02) << route.path;
    if (route.mean_wait > Duration(0))
      EXPECT_NEAR(wait / Seconds(route.mean_wait), 1, 0.02) << route.path;
    else
      EXPECT_EQ(wait, 0) << route.path;
    // The relative variance of a lognormal is exp(spread^2) - 1.
    const double variance = cpu_squared / (cpu * cpu) - 1;
    EXPECT_NEAR(variance, std::exp(route.spread * route.spread) - 1, 0.03) << route.path;
  }
}

TEST(SampleRoutes, HoldTheServerLongestWhereTheyCostLeast) {
  const auto routes = SampleRoutes();
  EXPECT_GT(routes[3].mean_wait, routes[2].mean_cpu);
  EXPECT_LT(routes[3].mean_cpu, routes[0].mean_cpu);
}

}  // namespace
}  // namespace loadcurve::sample
