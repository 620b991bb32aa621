#include "scaler/twin/moments.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "scaler/twin/arrival_rates.h"
#include "scaler/twin/replica_queue.h"
#include "scaler/twin/response_times.h"
#include "tests/scaler/twin/request_simulation.h"

namespace loadcurve::twin {
namespace {

using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

const TimePoint kStart(std::chrono::hours(500'000));
const Service kService{milliseconds(100), Ratio(0.7)};

TEST(GammaAbove, IsTheExponentialAtShape1AndErlangAtShape2) {
  for (const double x : {0.1, 1.0, 3.0, 20.0}) {
    EXPECT_NEAR(GammaAbove(1, x), std::exp(-x), 1e-9);
    EXPECT_NEAR(GammaAbove(2, x), (1 + x) * std::exp(-x), 1e-9);
  }
  // Around its mean a sharp one is half above, 1 / (3 sqrt(2 pi shape)) less.
  EXPECT_NEAR(GammaAbove(1e4, 1e4), 0.5 - 1 / (3 * std::sqrt(2 * 3.14159265 * 1e4)), 1e-5);
}

TEST(ResponseTimes, FindTheQuantileOfAMixture) {
  ResponseTimes times;
  times.Add(1, 1, 1);       // exponential with mean 1
  times.Add(1, 100, 1e-2);  // nearly constant
  EXPECT_NEAR(times.Quantile(0.25), std::log(2), 1e-3);
  EXPECT_NEAR(times.Quantile(0.75), 100, 0.2);
}

TEST(ReplicaQueue, EndsInTheGeometricNumberOfTheSteadyQueue) {
  ReplicaQueue queue(0);
  for (int i = 0; i < 2000; ++i) queue.Pass(0.8, 1);
  EXPECT_NEAR(queue.mean(), 4, 0.01);      // rho / (1 - rho)
  EXPECT_NEAR(queue.variance(), 20, 0.1);  // rho / (1 - rho)^2
  EXPECT_TRUE(queue.IsSteadyAt(0.8));
}

TEST(ReplicaQueue, GrowsByWhatExceedsItAndStaysSharp) {
  ReplicaQueue queue(0);
  for (int i = 0; i < 1000; ++i) queue.Pass(1.5, 1);
  EXPECT_NEAR(queue.mean(), 500, 5);
  EXPECT_NEAR(queue.variance(), 2500, 100);  // of arrivals 1.5 and of departures 1 a unit of time
}

TEST(ReplicaQueue, MixesTwoThatAreNotAlike) {
  ReplicaQueue queue(0.5);         // mean 1, variance 2
  const ReplicaQueue other(0.75);  // mean 3, variance 12
  EXPECT_FALSE(queue.IsLike(other));
  queue.MixIn(other, 0.5);
  EXPECT_DOUBLE_EQ(queue.mean(), 2);
  EXPECT_DOUBLE_EQ(queue.variance(), 0.5 * (2 + 1) + 0.5 * (12 + 9) - 4);
}

TEST(ArrivalRates, KeepTheMeanOfEachStepAndVaryAsAsked) {
  const ArrivalRates arrivals({.burstiness = 0.5}, minutes(1), 1);
  EXPECT_EQ(arrivals.moments(), 12U);
  EXPECT_EQ(arrivals.moment(), seconds(5));
  const auto rates = arrivals.Of(2000);
  double squares = 0;
  for (std::size_t step = 0; step < 2000; ++step) {
    double sum = 0;
    for (std::size_t i = 0; i < 12; ++i) {
      sum += rates[step * 12 + i];
      squares += (rates[step * 12 + i] - 1) * (rates[step * 12 + i] - 1);
    }
    ASSERT_NEAR(sum, 12, 1e-9);
  }
  // Shares of a gamma sum are beta distributed: 12 of shape 4 vary by 11 / 49 = 0.2245.
  EXPECT_NEAR(squares / 24'000, 0.2245, 0.01);
  EXPECT_THAT(arrivals.Of(10), testing::ElementsAreArray(rates.data(), 120));
  EXPECT_NE(ArrivalRates({.burstiness = 0.5}, minutes(1), 2).Of(1), arrivals.Of(1));
}

TEST(ArrivalRates, AreEvenWithoutBurstsAndInShortSteps) {
  EXPECT_THAT(ArrivalRates({}, minutes(1), 1).Of(1), testing::Each(1.0));
  const ArrivalRates one({.burstiness = 1}, seconds(4), 1);
  EXPECT_EQ(one.moment(), seconds(4));
  EXPECT_THAT(one.Of(3), testing::ElementsAre(1, 1, 1));
}

TEST(MeasureMoments, CountsTheMomentsThatAreShort) {
  // Two ready, one more from 30 s on; the load is 2.5: short in the first six of twelve.
  const std::vector<double> demand = {2.5};
  const std::vector<double> rates(12, 1);
  const std::vector<ReadyChange> path = {{kStart, Replicas(2)},
                                         {kStart + seconds(30), Replicas(3)}};
  const auto found =
      MeasureMoments({demand, 0, minutes(1)}, {rates, 12, seconds(5), kStart}, path, kService);
  EXPECT_DOUBLE_EQ(found.violation_ratio, 0.5);
}

// An hour of minutes with these demands, and what is ready from one minute to the next.
struct Hour {
  double (*demand)(int minute);
  int (*ready)(int minute);
  double burstiness = 0;
};

// The largest difference of p50, p95 and p99, as a share, from 5 hours request by request.
double LargestDifference(const Hour& hour) {
  constexpr int kMinutes = 60;
  const ArrivalRates arrivals({hour.burstiness}, minutes(1), 7);
  const auto rates = arrivals.Of(kMinutes);
  std::vector<double> demand;
  std::vector<ReadyChange> path;
  std::vector<RequestMoment> moments;
  const double a_second = kService.planned_utilization.value() / Seconds(kService.mean_time);
  for (int minute = 0; minute < kMinutes; ++minute) {
    demand.push_back(hour.demand(minute));
    const int ready = hour.ready(minute);
    if (path.empty() || path.back().ready != Replicas(ready))
      path.push_back({kStart + minutes(minute), Replicas(ready)});
    for (std::size_t i = 0; i < arrivals.moments(); ++i)
      moments.push_back({Seconds(arrivals.moment()),
                         a_second * demand.back() * rates[demand.size() * 12 - 12 + i],
                         static_cast<std::size_t>(ready)});
  }
  const auto found =
      MeasureMoments({demand, 0, minutes(1)},
                     {rates, arrivals.moments(), arrivals.moment(), kStart}, path, kService)
          .latency;
  std::exponential_distribution<double> service(1 / Seconds(kService.mean_time));
  std::vector<double> times;
  for (std::uint64_t seed = 1; seed <= 5; ++seed) {
    const auto more = RequestTimes(moments, service, seed);
    times.insert(times.end(), more.begin(), more.end());
  }
  double largest = 0;
  const auto compare = [&](double level, double ms) {
    const double real = 1000 * QuantileOf(times, level);
    largest = std::max(largest, std::abs(ms / real - 1));
  };
  compare(0.5, found.p50_ms);
  compare(0.95, found.p95_ms);
  compare(0.99, found.p99_ms);
  return largest;
}

constexpr int kTwenty = 20;
int Twenty(int) {
  return kTwenty;
}

TEST(MeasureMoments, AgreesWithRequestsOneByOneOnAnEvenHour) {
  EXPECT_LT(LargestDifference({[](int) { return 14.0; }, Twenty}), 0.1);
  EXPECT_LT(LargestDifference({[](int) { return 24.0; }, Twenty}), 0.1);  // rho 0.84
}

TEST(MeasureMoments, AgreesWithRequestsOneByOneWhereTheLoadComesInBursts) {
  const auto wave = [](int minute) { return 15 - 5 * std::cos(minute * 0.105); };
  EXPECT_LT(LargestDifference({wave, Twenty, 0.2}), 0.1);
  // Bursts of 5 s that the replicas cannot do.
  EXPECT_LT(LargestDifference({wave, Twenty, 0.5}), 0.15);
}

TEST(MeasureMoments, AgreesWithRequestsOneByOneThroughAnOverloadThatReplicasEnd) {
  // rho 1.2 for four minutes; then eight more replicas are ready, and ten minutes later go again.
  const auto demand = [](int minute) { return minute >= 20 && minute < 30 ? 34.3 : 15.0; };
  const auto ready = [](int minute) { return minute >= 24 && minute < 34 ? 28 : 20; };
  EXPECT_LT(LargestDifference({demand, ready}), 0.1);
  EXPECT_LT(LargestDifference({demand, ready, 0.3}), 0.1);
}

}  // namespace
}  // namespace loadcurve::twin
