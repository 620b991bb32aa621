#include "scaler/cheapest_count.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

namespace loadcurve {
namespace {

// A chance that falls by half every 10 from 100 on: 100 is the median.
const std::vector<double> kLevels = {0.5, 0.75, 0.875};
const std::vector<MetricsQps> kLoads = {MetricsQps(100), MetricsQps(110), MetricsQps(120)};
const UpperLoad kHalving{kLevels, kLoads};

TEST(ChanceBeyond, FallsExponentiallyBetweenTheLevelsAndBeyondThem) {
  EXPECT_NEAR(ChanceBeyond(kHalving, MetricsQps(110)), 0.25, 1e-12);
  EXPECT_NEAR(ChanceBeyond(kHalving, MetricsQps(115)), 0.25 / std::sqrt(2), 1e-12);
  EXPECT_NEAR(ChanceBeyond(kHalving, MetricsQps(150)), 1.0 / 64, 1e-12);
  EXPECT_NEAR(ChanceBeyond(kHalving, MetricsQps(20)), 0.5, 1e-12);
}

TEST(CheapestCount, BuysAnotherReplicaAsLongAsItPaysForItself) {
  // Each replica carries 10. From n to n + 1 the chance falls from 2^-(n-9) by half; with a
  // shortage that costs 40 replicas, 10 -> 11 saves 10, 13 -> 14 saves 1.25, 14 -> 15 only 0.6.
  EXPECT_EQ(CheapestCount(kHalving, {40, MetricsQps(10)}), Replicas(14));
}

TEST(CheapestCount, NeverFallsBelowTheLowestLevel) {
  EXPECT_EQ(CheapestCount(kHalving, {0, MetricsQps(10)}), Replicas(10));
}

TEST(CheapestCount, CoversFurtherOutWhatIsKnownWell) {
  // The same median, a tenth of the spread, at the same cost: a smaller count, and still a
  // smaller chance to run short.
  const std::vector<MetricsQps> narrow = {MetricsQps(100), MetricsQps(101), MetricsQps(102)};
  const UpperLoad well{kLevels, narrow};
  const CountPrice price{400, MetricsQps(1)};
  const auto capacity = [&](const UpperLoad& load) {
    return MetricsQps(static_cast<double>(CheapestCount(load, price).value()));
  };
  EXPECT_LT(capacity(well), capacity(kHalving));
  EXPECT_LT(ChanceBeyond(well, capacity(well)), ChanceBeyond(kHalving, capacity(kHalving)));
}

TEST(CheapestCount, IsFoundWithinAShareOfAPercentWhereCountsAreLarge) {
  // The sum of both costs is least where 10 ln 2 * 1e5 * 2^-(n-90000)/10000 ... is flat: a grid of
  // 1/256 of the count costs at most that much more than the best one.
  const std::vector<MetricsQps> large = {MetricsQps(1e5), MetricsQps(1.1e5), MetricsQps(1.2e5)};
  const UpperLoad load{kLevels, large};
  const auto cost = [&](double n) { return n + 1e6 * ChanceBeyond(load, MetricsQps(n)); };
  double least = 1e9;
  for (double n = 1e5; n < 3e5; ++n) least = std::min(least, cost(n));
  const auto found = static_cast<double>(CheapestCount(load, {1e6, MetricsQps(1)}).value());
  EXPECT_LT(cost(found), 1.004 * least);
}

}  // namespace
}  // namespace loadcurve
