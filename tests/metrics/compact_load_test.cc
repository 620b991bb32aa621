#include "metrics/compact_load.h"

#include <gtest/gtest.h>

#include <cmath>

namespace loadcurve {
namespace {

TEST(CompactLoad, ComesBackToWithinFourInTenThousand) {
  for (float load = 6e-8F; load < 1e12F; load *= 1.07F)
    EXPECT_NEAR(CompactLoad(load).value() / load, 1, 4e-4) << load;
}

TEST(CompactLoad, TellsZeroMissingAndVeryLittleApart) {
  EXPECT_EQ(CompactLoad(0).value(), 0);
  EXPECT_TRUE(std::isnan(CompactLoad(std::nanf("")).value()));
  EXPECT_TRUE(std::isnan(CompactLoad().value()));
  EXPECT_GT(CompactLoad(1e-12F).value(), 0);
}

TEST(CompactLoad, TakesTheLargestItHasForMore) {
  EXPECT_NEAR(CompactLoad(1e20F).value(), 1.0995e12, 1e9);  // 2^40
}

}  // namespace
}  // namespace loadcurve
