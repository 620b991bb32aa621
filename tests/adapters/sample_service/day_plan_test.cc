#include "adapters/sample_service/day_plan.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "adapters/sample_service/sample_routes.h"

namespace loadcurve::sample {
namespace {

using std::chrono::seconds;

std::array<double, 4> CountsBetween(const std::vector<Arrival>& arrivals, Duration from,
                                    Duration to) {
  std::array<double, 4> counts{};
  for (const Arrival& arrival : arrivals) {
    if (arrival.at >= from && arrival.at < to) ++counts[arrival.route];
  }
  return counts;
}

TEST(DayPlan, IsTheSameForTheSameSeed) {
  EXPECT_EQ(PlanArrivals({.seed = 7}), PlanArrivals({.seed = 7}));
  EXPECT_NE(PlanArrivals({.seed = 7}), PlanArrivals({.seed = 8}));
}

TEST(DayPlan, IsInOrderAndWithinItsLength) {
  const auto arrivals = PlanArrivals({.length = seconds(40), .day = seconds(18)});
  EXPECT_TRUE(std::is_sorted(arrivals.begin(), arrivals.end(),
                             [](const Arrival& a, const Arrival& b) { return a.at < b.at; }));
  EXPECT_GE(arrivals.front().at, Duration(0));
  EXPECT_LT(arrivals.back().at, seconds(40));
  EXPECT_GT(arrivals.back().at, seconds(39));
}

TEST(DayPlan, SendsAsManyAsItsRatesSay) {
  // 400 days of one second, at 100 times the rate. Days differ by 15 %, so the mean of
  // 400 is within 15 % / 20 = 0.75 % (one sigma); 4 % is beyond five.
  const DayPlan plan{.length = seconds(400), .day = seconds(1), .scale = 100};
  const auto counts = CountsBetween(PlanArrivals(plan), Duration(0), plan.length);
  for (std::size_t route = 0; route < counts.size(); ++route) {
    double rate = 0;
    for (int i = 0; i < 1000; ++i) rate += RateAt(route, (i + 0.5) / 1000) / 1000;
    EXPECT_NEAR(counts[route] / (400 * 100 * rate), 1, 0.04) << "route " << route;
  }
}

TEST(DayPlan, ShiftsTheMixThroughTheDay) {
  // Morning is around 0.22 of a day, evening around 0.83.
  EXPECT_GT(RateAt(3, 0.22), 8 * RateAt(3, 0.83));
  EXPECT_GT(RateAt(2, 0.83), 8 * RateAt(2, 0.22));
}

TEST(DayPlan, RatesGoRoundTheClock) {
  for (std::size_t route = 0; route < 4; ++route)
    EXPECT_NEAR(RateAt(route, 0), RateAt(route, 0.999999), 1e-3);
}

TEST(DayPlan, KeepsTheServiceBelowOneCore) {
  double total = 0;
  for (int i = 0; i < 1000; ++i) {
    double cores = 0;
    for (std::size_t route = 0; route < SampleRoutes().size(); ++route)
      cores += RateAt(route, i / 1000.0) * Seconds(SampleRoutes()[route].mean_cpu);
    EXPECT_LT(cores, 0.7);
    total += cores / 1000;
  }
  EXPECT_LT(total, 0.45);
  EXPECT_GT(total, 0.15);
}

}  // namespace
}  // namespace loadcurve::sample
