#include "metrics/latency_histogram.h"

#include <gtest/gtest.h>

namespace loadcurve {
namespace {

TEST(LatencyHistogram, IsExactBelow256Microseconds) {
  LatencyHistogram histogram;
  for (int us = 1; us <= 100; ++us) histogram.Record(Duration(us));
  EXPECT_EQ(histogram.Quantile(0.5), Duration(50));
  EXPECT_EQ(histogram.Quantile(0.99), Duration(99));
  EXPECT_EQ(histogram.Quantile(1), Duration(100));
  EXPECT_EQ(histogram.sum(), Duration(5050));
}

TEST(LatencyHistogram, IsAtMostA128thAbove) {
  for (const Duration::rep us : {256, 257, 999, 1'000'000, 123'456'789}) {
    LatencyHistogram histogram;
    histogram.Record(Duration(us));
    histogram.Record(Duration(2'000'000'000));
    const Duration half = histogram.Quantile(0.5);
    EXPECT_GE(half, Duration(us));
    EXPECT_LE(half.count(), us + us / 128 + 1);
  }
}

TEST(LatencyHistogram, MergesToTheSumOfItsParts) {
  LatencyHistogram fast;
  LatencyHistogram slow;
  for (int i = 0; i < 90; ++i) fast.Record(Duration(100));
  for (int i = 0; i < 10; ++i) slow.Record(Duration(200));
  fast.Merge(slow);
  EXPECT_EQ(fast.count(), 100U);
  EXPECT_EQ(fast.Quantile(0.9), Duration(100));
  EXPECT_EQ(fast.Quantile(0.91), Duration(200));
  EXPECT_EQ(fast.max(), Duration(200));
}

TEST(LatencyHistogram, HasNoQuantileWithoutARecord) {
  EXPECT_EQ(LatencyHistogram().Quantile(0.5), Duration(0));
}

}  // namespace
}  // namespace loadcurve
