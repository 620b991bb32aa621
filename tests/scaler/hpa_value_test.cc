#include "scaler/hpa_value.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

namespace loadcurve {
namespace {

// The HPA's rule for a target of AverageValue 1.
std::int64_t HpaGoesTo(std::int64_t current, std::int64_t value, double tolerance) {
  const double ratio = static_cast<double>(value) / static_cast<double>(current);
  if (std::abs(ratio - 1) <= tolerance) return current;
  return value;
}

TEST(HpaValueFor, AsksForTheNextCountThatToleranceLetsThrough) {
  EXPECT_EQ(HpaValueFor(Replicas(10), Replicas(11), Ratio(0.1)), Replicas(12));
  EXPECT_EQ(HpaValueFor(Replicas(20), Replicas(21), Ratio(0.1)), Replicas(23));
  EXPECT_EQ(HpaValueFor(Replicas(10), Replicas(12), Ratio(0.1)), Replicas(12));
}

TEST(HpaValueFor, AsksForTheCountItselfWhereItCanBeReached) {
  EXPECT_EQ(HpaValueFor(Replicas(9), Replicas(10), Ratio(0.1)), Replicas(10));
  EXPECT_EQ(HpaValueFor(Replicas(10), Replicas(11), Ratio(0)), Replicas(11));
  EXPECT_EQ(HpaValueFor(Replicas(10), Replicas(10), Ratio(0.1)), Replicas(10));
  EXPECT_EQ(HpaValueFor(Replicas(0), Replicas(3), Ratio(0.1)), Replicas(3));
  EXPECT_EQ(HpaValueFor(Replicas(5), Replicas(0), Ratio(0.1)), Replicas(0));
}

TEST(HpaValueFor, NeverLeavesFewerThanDesiredNorMuchMore) {
  for (std::int64_t current = 1; current <= 300; ++current) {
    for (std::int64_t desired = 0; desired <= 400; ++desired) {
      const Replicas value = HpaValueFor(Replicas(current), Replicas(desired), Ratio(0.1));
      const std::int64_t lands = HpaGoesTo(current, value.value(), 0.1);
      ASSERT_GE(lands, desired) << current;
      const double most = desired < current ? static_cast<double>(desired) / 0.9
                                            : std::max(static_cast<double>(desired),
                                                       1.1 * static_cast<double>(current) + 1);
      ASSERT_LE(static_cast<double>(lands), most + 1e-9) << current;
    }
  }
}

}  // namespace
}  // namespace loadcurve
