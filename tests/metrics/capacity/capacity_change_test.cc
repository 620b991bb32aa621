#include "metrics/capacity/capacity_change.h"

#include <gtest/gtest.h>

namespace loadcurve {
namespace {

ReplicaCapacity Of(double load, double low, double high) {
  return {.load = MetricsQps(load), .low = MetricsQps(low), .high = MetricsQps(high)};
}

TEST(CompareCapacity, TellsADropThatIsMoreThanChance) {
  const auto comparison = CompareCapacity(Of(100, 98, 102), Of(90, 88, 92));
  EXPECT_EQ(comparison.change, CapacityChange::kLower);
  EXPECT_NEAR(comparison.ratio, 0.9, 1e-12);
  EXPECT_LT(comparison.high, 1);
}

TEST(CompareCapacity, LeavesWhatIsWithinTheIntervals) {
  // 0.9 within exp(+-hypot(0.1, 0.1)).
  EXPECT_EQ(CompareCapacity(Of(100, 90, 110), Of(90, 81, 99)).change, CapacityChange::kUnchanged);
}

TEST(CompareCapacity, LeavesWhatIsUnderThreePercent) {
  EXPECT_EQ(CompareCapacity(Of(100, 100, 100), Of(102, 102, 102)).change,
            CapacityChange::kUnchanged);
  EXPECT_EQ(CompareCapacity(Of(100, 100, 100), Of(104, 104, 104)).change, CapacityChange::kHigher);
}

TEST(CompareCapacity, TakesALowerBoundForNoDrop) {
  const ReplicaCapacity before = Of(100, 98, 102);
  EXPECT_EQ(CompareCapacity(before, Of(60, 60, 60), true).change, CapacityChange::kUnknown);
  EXPECT_EQ(CompareCapacity(before, Of(100, 100, 100), true).change, CapacityChange::kUnchanged);
  EXPECT_EQ(CompareCapacity(before, Of(120, 120, 120), true).change, CapacityChange::kHigher);
}

}  // namespace
}  // namespace loadcurve
