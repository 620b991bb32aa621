#include "scaler/twin/hpa_rule.h"

#include <gtest/gtest.h>

namespace loadcurve::twin {
namespace {

using std::chrono::seconds;

const TimePoint kStart(std::chrono::hours(500'000));

TEST(HpaRule, KeepsTheCountWithinTheToleranceAndRoundsUpBeyond) {
  HpaRule rule;
  EXPECT_EQ(rule.Sync(11, Replicas(10), kStart), Replicas(10));  // 1.1 is within 0.1
  EXPECT_EQ(rule.Sync(11.1, Replicas(10), kStart + seconds(15)), Replicas(12));
}

TEST(HpaRule, ShrinksToTheHighestCountWantedInTheLastFiveMinutes) {
  HpaRule rule;
  EXPECT_EQ(rule.Sync(20, Replicas(10), kStart), Replicas(20));
  EXPECT_EQ(rule.Sync(8, Replicas(20), kStart + seconds(60)), Replicas(20));
  EXPECT_EQ(rule.Sync(5, Replicas(20), kStart + seconds(285)), Replicas(20));
  EXPECT_EQ(rule.Sync(5, Replicas(20), kStart + seconds(300)), Replicas(8));
  EXPECT_EQ(rule.Sync(5, Replicas(8), kStart + seconds(360)), Replicas(5));
}

TEST(HpaRule, AtMostDoublesOrAddsFourInFifteenSeconds) {
  HpaRule rule;
  EXPECT_EQ(rule.Sync(100, Replicas(2), kStart), Replicas(6));
  EXPECT_EQ(rule.Sync(100, Replicas(6), kStart + seconds(15)), Replicas(12));
  // Four syncs later: 24, 48, 96, 192.
  EXPECT_EQ(rule.Sync(100, Replicas(12), kStart + seconds(75)), Replicas(100));
}

}  // namespace
}  // namespace loadcurve::twin
