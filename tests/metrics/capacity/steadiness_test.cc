#include "metrics/capacity/steadiness.h"

#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <random>

namespace loadcurve {
namespace {

RampInterval Answered(std::uint64_t answered, double latency, double second) {
  const TimePoint from(Duration(std::llround(second * 1e6)));
  return {.from = from,
          .to = from + std::chrono::seconds(1),
          .mean_seconds = latency,
          .replicas = {{.scheduled = answered, .answered = answered, .ended = answered}}};
}

TEST(IsLevel, ForgivesScatterAndRefusesATrend) {
  EXPECT_TRUE(IsLevel(std::array{10.0, 12.0, 9.0, 11.0, 10.0, 11.0}));
  EXPECT_FALSE(IsLevel(std::array{10.0, 11.0, 12.0, 13.0, 14.0, 15.0}));
  EXPECT_FALSE(IsLevel(std::array{1.0, 1.0, 1.0}));
}

TEST(SteadyFrom, CutsOffTheSettling) {
  std::vector<RampInterval> intervals;
  for (const double latency : {0.30, 0.20, 0.12, 0.050, 0.051, 0.049, 0.050, 0.051, 0.050})
    intervals.push_back(Answered(100, latency, static_cast<double>(intervals.size())));
  EXPECT_EQ(SteadyFrom(intervals), 3);
}

TEST(SteadyFrom, IsAbsentWhileLatencyRises) {
  std::vector<RampInterval> intervals;
  for (int i = 0; i < 12; ++i) intervals.push_back(Answered(100, 0.05 * (i + 1), i));
  EXPECT_EQ(SteadyFrom(intervals), std::nullopt);
}

// 2.5 standard errors of two means of three: about one in ten in each of two series is refused at
// first, and longer tails are tried.
TEST(SteadyFrom, FindsMostSteadySeriesAtOnce) {
  std::mt19937_64 random(1);
  std::poisson_distribution<std::uint64_t> arrivals(100);
  std::normal_distribution<double> latency(0.05, 0.005);
  int found = 0;
  for (int run = 0; run < 100; ++run) {
    std::vector<RampInterval> intervals;
    for (int i = 0; i < 8; ++i) intervals.push_back(Answered(arrivals(random), latency(random), i));
    found += SteadyFrom(intervals).has_value() ? 1 : 0;
  }
  EXPECT_GT(found, 85);
}

}  // namespace
}  // namespace loadcurve
