#include "adapters/external_metrics/single_flight.h"

#include <gtest/gtest.h>

#include <atomic>
#include <latch>
#include <thread>
#include <vector>

namespace loadcurve::external_metrics {
namespace {

TEST(SingleFlight, FetchesOnceForAllWhoWantItMeanwhile) {
  SingleFlight<int> flights;
  std::atomic<int> fetched{0};
  std::atomic<int> sum{0};
  std::latch begun(1), land(1);
  std::jthread first([&] {
    sum += flights
               .Do("a",
                   [&]() -> Result<int> {
                     ++fetched;
                     begun.count_down();
                     land.wait();
                     return 7;
                   })
               .value();
  });
  begun.wait();
  std::vector<std::jthread> others;
  for (int i = 0; i < 4; ++i)
    others.emplace_back([&] {
      sum += flights
                 .Do("a",
                     [&]() -> Result<int> {
                       ++fetched;
                       return 7;
                     })
                 .value();
    });
  EXPECT_EQ(flights.Do("b", [] { return Result<int>(1); }).value(), 1)
      << "keys do not wait for each other";
  land.count_down();
  first.join();
  others.clear();
  EXPECT_EQ(sum, 35);
  EXPECT_GE(fetched, 1);
}

TEST(SingleFlight, FetchesAgainAfterAFailure) {
  SingleFlight<int> flights;
  EXPECT_FALSE(
      flights.Do("a", []() -> Result<int> { return Fail(ErrorCode::kUnavailable, "down"); }));
  EXPECT_EQ(flights.Do("a", [] { return Result<int>(1); }).value(), 1);
}

}  // namespace
}  // namespace loadcurve::external_metrics
