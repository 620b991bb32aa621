#include "scaler/replica_target.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace loadcurve {
namespace {

TEST(ReplicasFor, RoundsUpToTheReplicaThatKeepsUtilizationUnderTarget) {
  // 1000 / (50 * 0.7) = 28.57...
  EXPECT_EQ(ReplicasFor(MetricsQps(1000), MetricsQps(50), Ratio(0.7)), Replicas(29));
}

TEST(ReplicasFor, GivesTheExactCountWhereBinaryFractionsAreAHairAbove) {
  // 105 / (50 * 0.7) = 3, and 50 * 0.7 in doubles is below 35.
  EXPECT_EQ(ReplicasFor(MetricsQps(105), MetricsQps(50), Ratio(0.7)), Replicas(3));
  EXPECT_EQ(ReplicasFor(MetricsQps(0.3), MetricsQps(0.1), Ratio(1)), Replicas(3));
}

TEST(ReplicasFor, NeedsNoReplicaForNoLoadAndOneForAnyOther) {
  EXPECT_EQ(ReplicasFor(MetricsQps(0), MetricsQps(50), Ratio(0.7)), Replicas(0));
  EXPECT_EQ(ReplicasFor(MetricsQps(1e-9), MetricsQps(50), Ratio(0.7)), Replicas(1));
}

TEST(ReplicasFor, NeverFallsWhenLoadRises) {
  Replicas previous(0);
  for (double load = 0; load < 500; load += 0.25) {
    const Replicas now = ReplicasFor(MetricsQps(load), MetricsQps(7), Ratio(0.6)).value();
    EXPECT_GE(now, previous) << "at load " << load;
    EXPECT_LE(load, 7 * 0.6 * static_cast<double>(now.value()) * (1 + 1e-8));
    previous = now;
  }
}

TEST(ReplicasFor, FollowsTheRedundancyOfCudgx) {
  // Redundancy = C N / M. C = 2060: a load of 1030 a machine is 2.00, of 2060 it is 1.00;
  // aiming at redundancy 2 is a target utilization of 1 / 2.
  EXPECT_EQ(ReplicasFor(MetricsQps(5 * 1030.0), MetricsQps(2060), Ratio(0.5)), Replicas(5));
  EXPECT_EQ(ReplicasFor(MetricsQps(5 * 2060.0), MetricsQps(2060), Ratio(0.5)), Replicas(10));
}

TEST(ReplicasFor, CountsBusySlotsTheSameWay) {
  // 100 held at once, 32 a replica kept at 0.8: 100 / 25.6 = 3.9
  EXPECT_EQ(ReplicasFor(BusySlots(100), BusySlots(32), Ratio(0.8)), Replicas(4));
}

TEST(ReplicasFor, RefusesWhatIsNoLoadNoCapacityOrNoShare) {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const double infinite = std::numeric_limits<double>::infinity();
  for (const double load : {-1.0, nan, infinite})
    EXPECT_FALSE(ReplicasFor(MetricsQps(load), MetricsQps(50), Ratio(0.7))) << load;
  for (const double capacity : {0.0, -1.0, nan, infinite})
    EXPECT_FALSE(ReplicasFor(MetricsQps(1), MetricsQps(capacity), Ratio(0.7))) << capacity;
  for (const double share : {0.0, -1.0, 1.01, nan})
    EXPECT_FALSE(ReplicasFor(MetricsQps(1), MetricsQps(50), Ratio(share))) << share;
}

TEST(ReplicasFor, StaysWithinAMillion) {
  EXPECT_EQ(ReplicasFor(MetricsQps(1e300), MetricsQps(1e-300), Ratio(1)), Replicas(1'000'000));
}

}  // namespace
}  // namespace loadcurve
