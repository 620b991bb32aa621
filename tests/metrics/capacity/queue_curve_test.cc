#include "metrics/capacity/queue_curve.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <vector>

namespace loadcurve {
namespace {

// The 95th percentile of the time in M/M/1, whose servers take 10 ms: 3.0 times the mean.
double MarkovTail(double used_share) {
  return std::log(20) * 0.010 / (1 - used_share);
}

TEST(QueueCurve, FollowsAnMM1FromHalfOfItsLoadToNineTenths) {
  std::vector<TailPoint> points;
  for (const double share : {0.1, 0.2, 0.3, 0.4, 0.5}) points.push_back({share, MarkovTail(share)});
  const QueueCurve curve = FitQueueCurve(points, 1);
  EXPECT_NEAR(curve.light_seconds, 0.030, 0.001);
  EXPECT_NEAR(curve.growth, 1, 0.02);
  EXPECT_NEAR(curve.TailAt(0.9), 0.300, 0.01);
  // 30 ms / (1 - u) = 100 ms at u = 0.7.
  EXPECT_NEAR(curve.ShareWithin(0.1), 0.7, 0.01);
}

TEST(QueueCurve, DoesNotGrowWhereATailWaitsForOthers) {
  const std::vector<TailPoint> points = {{0.1, 0.2}, {0.3, 0.2}, {0.5, 0.2}, {0.6, 0.2}};
  EXPECT_LT(FitQueueCurve(points, 1).growth, 0.15);
}

TEST(QueueCurve, GrowsAsQueuesDoWhereNothingTellsOtherwise) {
  const std::vector<TailPoint> points = {{0.02, 0.030}};
  const QueueCurve curve = FitQueueCurve(points, 4);
  EXPECT_NEAR(curve.growth, 1, 0.1);
  EXPECT_NEAR(curve.light_seconds, 0.030, 0.001);
}

TEST(QueueCurve, IsNeverWithinATargetThatIsMissedWithoutLoad) {
  const std::vector<TailPoint> points = {{0.1, 0.2}, {0.3, 0.25}};
  EXPECT_EQ(FitQueueCurve(points, 1).ShareWithin(0.1), 0);
}

TEST(QueueCurve, NeverFallsAsTheShareRises) {
  const QueueCurve curve{.light_seconds = 0.01, .growth = 1.5, .servers = 4};
  double before = 0;
  for (double share = 0; share < 1.2; share += 0.01) {
    EXPECT_GE(curve.TailAt(share), before) << share;
    before = curve.TailAt(share);
  }
}

}  // namespace
}  // namespace loadcurve
