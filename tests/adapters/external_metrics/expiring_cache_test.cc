#include "adapters/external_metrics/expiring_cache.h"

#include <gtest/gtest.h>

namespace loadcurve::external_metrics {
namespace {

using std::chrono::seconds;

TEST(ExpiringCache, ForgetsWhenTheTimeIsUp) {
  ExpiringCache<int> cache(10);
  cache.Insert("a", 1, seconds(10));
  EXPECT_EQ(cache.Find("a", seconds(9)), 1);
  EXPECT_EQ(cache.Find("a", seconds(10)), std::nullopt);
  EXPECT_EQ(cache.size(), 0U);
}

TEST(ExpiringCache, ForgetsWhatWasUsedLongestAgo) {
  ExpiringCache<int> cache(2);
  cache.Insert("a", 1, seconds(10));
  cache.Insert("b", 2, seconds(10));
  EXPECT_EQ(cache.Find("a", seconds(0)), 1);
  cache.Insert("c", 3, seconds(10));
  EXPECT_EQ(cache.Find("b", seconds(0)), std::nullopt);
  EXPECT_EQ(cache.Find("a", seconds(0)), 1);
  EXPECT_EQ(cache.Find("c", seconds(0)), 3);
}

TEST(ExpiringCache, ReplacesWhatItHas) {
  ExpiringCache<int> cache(2);
  cache.Insert("a", 1, seconds(10));
  cache.Insert("a", 2, seconds(20));
  EXPECT_EQ(cache.Find("a", seconds(15)), 2);
  EXPECT_EQ(cache.size(), 1U);
}

}  // namespace
}  // namespace loadcurve::external_metrics
