#include "metrics/capacity/mix_plan.h"

#include <gtest/gtest.h>

namespace loadcurve {
namespace {

TEST(MixPlan, NeverGivesMoreOfARouteThanWasCarried) {
  const std::vector<double> base = {0.7, 0.2, 0.1};
  const auto plan = MixPlan({}, base, 100);
  ASSERT_EQ(plan.size(), 3U);
  for (const MixedRate& mixed : plan) {
    double sum = 0;
    for (std::size_t i = 0; i < base.size(); ++i) {
      EXPECT_LE(mixed.rate * mixed.mix[i], 100 * base[i] * 0.8 + 1e-9);
      sum += mixed.mix[i];
    }
    EXPECT_NEAR(sum, 1, 1e-12);
  }
  // The first route keeps 0.8 * 70, the others 0.16 of 20 and of 10: 60.8/s.
  EXPECT_NEAR(plan[0].rate, 60.8, 1e-9);
}

TEST(MixPlan, IsEmptyWhereThereIsNothingToTellApart) {
  EXPECT_TRUE(MixPlan({}, {1}, 100).empty());
  EXPECT_TRUE(MixPlan({}, {1, 0}, 100).empty());
  EXPECT_TRUE(MixPlan({}, {0.5, 0.5}, 0).empty());
}

}  // namespace
}  // namespace loadcurve
