#include "scaler/twin/measures.h"

#include <gtest/gtest.h>

#include <cmath>

#include "scaler/twin/queue_latency.h"

namespace loadcurve::twin {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;

std::vector<StepRecord> Ready(std::initializer_list<int> counts) {
  std::vector<StepRecord> records;
  for (const int count : counts)
    records.push_back({Replicas(count), Replicas(count), 3600.0 * (count + 1)});
  return records;
}

TEST(Measure, CountsStepsAndLoadBeyondWhatIsReady) {
  const std::vector<double> demand = {4, 4.5, 4, 3.5};
  const auto records = Ready({4, 4, 5, 4});
  const Measures measures = Measure({demand, 0, hours(1)}, records);
  EXPECT_DOUBLE_EQ(measures.violation_minutes_ratio, 0.25);
  EXPECT_DOUBLE_EQ(measures.violation_requests_ratio, 0.5 / 16);
  EXPECT_DOUBLE_EQ(measures.replica_hours, 17);
  EXPECT_DOUBLE_EQ(measures.paid_replica_hours, 21);
  EXPECT_DOUBLE_EQ(measures.changes_per_day, 2 * 24 / 4.0);
}

TEST(Measure, GivesTheElasticityMeasuresOfSpecInPercent) {
  // Needs in whole replicas: 4 5 4 4; supply 4 4 5 4.
  const std::vector<double> demand = {4, 4.5, 4, 3.5};
  const Measures measures = Measure({demand, 0, hours(1)}, Ready({4, 4, 5, 4}));
  EXPECT_DOUBLE_EQ(measures.theta_u, 100 * (1.0 / 5) / 4);
  EXPECT_DOUBLE_EQ(measures.theta_o, 100 * (1.0 / 4) / 4);
  EXPECT_DOUBLE_EQ(measures.tau_u, 25);
  EXPECT_DOUBLE_EQ(measures.tau_o, 25);
  // Need goes up, down, stays; supply stays, up, down: they part in all three steps.
  EXPECT_DOUBLE_EQ(measures.instability, 100);
  // A constant 4, the mean: theta_u 5, theta_o 0. No measure of its is worse.
  ASSERT_TRUE(measures.elastic_speedup);
  EXPECT_DOUBLE_EQ(*measures.elastic_speedup, 0);
}

TEST(Measure, ComparesWithAConstantCountOfTheMean) {
  // Needs 2 2 6 6, the mean is 4: theta_u = (2/6 + 2/6)/4, theta_o = (1 + 1)/4, tau 0.5 each.
  const std::vector<double> demand = {2, 2, 6, 6};
  // Supply 3 2 5 6: theta_u = (1/6)/4, theta_o = (1/2)/4, tau 0.25 each.
  const Measures measures = Measure({demand, 0, minutes(1)}, Ready({3, 2, 5, 6}));
  ASSERT_TRUE(measures.elastic_speedup);
  EXPECT_NEAR(*measures.elastic_speedup, std::pow(4.0 * 4 * 2 * 2, 0.25), 1e-12);
}

TEST(Measure, LeavesOutTheWarmUpAndWhatWasNotMeasured) {
  const std::vector<double> demand = {9, std::nan(""), 2};
  const Measures measures = Measure({demand, 1, hours(1)}, Ready({1, 1, 1}));
  EXPECT_DOUBLE_EQ(measures.violation_minutes_ratio, 1);
  EXPECT_DOUBLE_EQ(measures.violation_requests_ratio, 0.5);
  EXPECT_DOUBLE_EQ(measures.replica_hours, 2);
}

TEST(LatencyOf, IsTheExponentialOfAQueueWhereCapacitySuffices) {
  // rho = 0.7 * 5 / 7 = 0.5: times are exponential with mean 100 ms / 0.5 = 200 ms.
  const std::vector<double> demand = {5, 5};
  const auto latency =
      LatencyOf({demand, 0, minutes(1)}, Ready({7, 7}), {milliseconds(100), Ratio(0.7)});
  EXPECT_NEAR(latency.p50_ms, 200 * std::log(2), 0.01);
  EXPECT_NEAR(latency.p99_ms, 200 * std::log(100), 0.01);
}

TEST(LatencyOf, MakesWhatExceedsCapacityWaitAndWorksItOff) {
  // rho = 0.7 * 20 / 10 = 1.4 for a minute: 0.42 * 10 * 60 = 252 replica-seconds stay, 25.2 s
  // for ten replicas; a request of that minute waits 12.6 s in the mean.
  const std::vector<double> demand = {20};
  const auto latency =
      LatencyOf({demand, 0, minutes(1)}, Ready({10}), {milliseconds(1), Ratio(0.7)});
  EXPECT_NEAR(latency.p50_ms, 12'600 + 1 / (1 - kFullest) * std::log(2), 1);
}

}  // namespace
}  // namespace loadcurve::twin
