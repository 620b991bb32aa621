#include "scaler/capacity/plan/drawn_outages.h"

#include <gtest/gtest.h>

#include <cmath>

#include "tests/scaler/capacity/plan/plan_world.h"

namespace loadcurve::capacity {
namespace {

// Pools that are lost within the hour with probability 0.3.
std::vector<CapacityOffer> ThreePools() {
  std::vector<CapacityOffer> offers = {TenCores("a", "a", CapacityClass::kSpot, 1),
                                       TenCores("b", "b", CapacityClass::kSpot, 1),
                                       TenCores("far", "c", CapacityClass::kSpot, 1),
                                       TenCores("od", "a", CapacityClass::kOnDemand, 1)};
  offers[2].region = "elsewhere";
  for (CapacityOffer& offer : offers) offer.losses_per_hour = -std::log(0.7);
  return offers;
}

// Of 20,000 cases; four standard errors of a share of 0.3 are 0.013.
TEST(DrawOutages, LosesPoolsAsOftenAsStatedAndTogetherInsideARegion) {
  OutageTerms terms;
  terms.scenarios = 20'000;
  const auto outages = DrawOutages(ThreePools(), terms);
  ASSERT_EQ(outages.pools.size(), 3U);  // on demand nothing is lost
  for (std::size_t pool = 0; pool < 3; ++pool)
    EXPECT_NEAR(ShareLost(outages, {pool}), 0.3, 0.013) << pool;
  const double inside = ShareLost(outages, {0, 1});
  const double across = ShareLost(outages, {0, 2});
  EXPECT_GT(inside, 0.13);  // 0.09 where they were independent
  EXPECT_GT(across, 0.09);
  EXPECT_GT(inside, across + 0.02);
}

TEST(DrawOutages, DrawsTheSameFromTheSameSeed) {
  EXPECT_EQ(DrawOutages(ThreePools(), {}).alive, DrawOutages(ThreePools(), {}).alive);
}

}  // namespace
}  // namespace loadcurve::capacity
