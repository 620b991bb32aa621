#include "scaler/twin/redundancy_keeper.h"

#include <gtest/gtest.h>

#include <cmath>

namespace loadcurve::twin {
namespace {

RedundancyBand Band(int ratio, int min, int max) {
  return {.low_percent = 100,
          .high_percent = 300,
          .execute_ratio_percent = ratio,
          .min = Replicas(min),
          .max = Replicas(max)};
}

// The cases that follow from its published source.
TEST(KeeperStep, GrowsTowardsTheMiddleOfTheBand) {
  EXPECT_EQ(KeeperStep(0.5, Replicas(4), Band(30, 2, 50)), 4);   // ceil((16 - 4) * 0.3)
  EXPECT_EQ(KeeperStep(0.95, Replicas(4), Band(30, 2, 50)), 2);  // ceil((8 - 4) * 0.3)
}

TEST(KeeperStep, StallsAboveTheBandWhereTheCeilingEatsTheStep) {
  EXPECT_EQ(KeeperStep(3.2, Replicas(5), Band(30, 2, 50)), 0);  // ceil((3 - 5) * 0.3)
  EXPECT_EQ(KeeperStep(3.2, Replicas(5), Band(100, 2, 50)), -2);
  EXPECT_EQ(KeeperStep(3.2, Replicas(20), Band(30, 2, 50)), -2);  // ceil((12 - 20) * 0.3)
}

TEST(KeeperStep, MovesThirtyAtMostAndNotBeyondItsLimits) {
  EXPECT_EQ(KeeperStep(6.0, Replicas(40), Band(100, 2, 500)), -27);  // floor(2 / 6 * 40) = 13
  EXPECT_EQ(KeeperStep(0.25, Replicas(40), Band(100, 2, 500)), 30);  // of 280
  EXPECT_EQ(KeeperStep(0.9, Replicas(10), Band(50, 2, 10)), 0);
}

TEST(KeeperStep, DoesNothingStrictlyInsideTheBandOfWholePercents) {
  EXPECT_EQ(KeeperStep(2, Replicas(10), Band(100, 1, 50)), 0);
  EXPECT_EQ(KeeperStep(1.01, Replicas(10), Band(100, 1, 50)), 0);
  EXPECT_GT(KeeperStep(1.009, Replicas(10), Band(100, 1, 50)), 0);  // int(100.9) is 100
}

}  // namespace
}  // namespace loadcurve::twin
