#include "metrics/capacity/production_windows.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace loadcurve {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Pair;

const TimePoint kMinute(std::chrono::days(20'000));

class Laid : public ::testing::Test {
 protected:
  MeasuredRequests requests_{
      .counts = RequestCounts::Make(DurationBounds::Default(), seconds(1)).value()};
  RequestCounts::SeriesId route_ = requests_.counts.Intern("shop", "GET /a", RequestClass::kServed);
  std::vector<ReadyStretch> stretches_;
  WindowOptions options_{.workload = "shop", .latency_target = milliseconds(100)};

  // `count` requests of one duration that end evenly in the ten seconds from `second` on.
  void Serve(int second, int count, Duration duration) {
    for (int i = 0; i < count; ++i)
      requests_.counts.Record(
          route_, kMinute + seconds(second) + Duration(10'000'000) * (2 * i + 1) / (2 * count),
          duration);
  }

  void Ready(int from, int to, std::optional<int> replicas, std::optional<double> cores = {}) {
    ReadyStretch stretch;
    stretch.from = kMinute + seconds(from);
    stretch.to = kMinute + seconds(to);
    if (replicas) stretch.ready = Replicas(*replicas);
    if (cores) stretch.used = CpuCores(*cores);
    stretches_.push_back(stretch);
  }

  ProductionWindows Lay() const {
    return ProductionWindowsOf(requests_, stretches_,
                               RequestWeights::Occupancy(milliseconds(10)).value(), options_);
  }
};

TEST_F(Laid, ShareOfOneReplica) {
  Serve(0, 200, milliseconds(20));
  Ready(0, 10, 2, 1.5);
  const auto windows = Lay().windows;
  ASSERT_EQ(windows.size(), 1U);
  // 200 requests in 10 s to two replicas; each holds 10/s x 20 ms = 0.2, and weighs two references.
  EXPECT_NEAR(windows[0].rate, 10, 0.01);
  EXPECT_NEAR(windows[0].held, 0.2, 0.001);
  EXPECT_NEAR(windows[0].load.value(), 20, 0.02);
  EXPECT_NEAR(*windows[0].cpu_cores, 0.75, 1e-9);
  EXPECT_EQ(windows[0].replicas, 2);
  EXPECT_NEAR(windows[0].ended, 200, 1e-9);
  EXPECT_EQ(windows[0].late, 0);
}

TEST_F(Laid, LateRequestsAndTheTail) {
  Serve(0, 90, milliseconds(20));
  Serve(0, 10, milliseconds(300));
  Ready(0, 10, 1);
  const auto windows = Lay().windows;
  ASSERT_EQ(windows.size(), 1U);
  EXPECT_NEAR(windows[0].late, 10, 1e-9);
  // Within the bucket of 251.2 to 398.1 ms.
  EXPECT_GT(windows[0].tail_seconds, 0.25);
  EXPECT_LT(windows[0].tail_seconds, 0.40);
  EXPECT_FALSE(windows[0].cpu_cores);
}

TEST_F(Laid, NothingWhereTheReplicasAreNotKnown) {
  Serve(0, 100, milliseconds(20));
  Ready(0, 5, std::nullopt);
  Ready(5, 10, 0);
  const ProductionWindows laid = Lay();
  EXPECT_THAT(laid.windows, IsEmpty());
  EXPECT_THAT(laid.excluded, ElementsAre(Pair("unknown_replicas", 2)));
}

TEST_F(Laid, NothingWhereRequestsAreMissing) {
  Serve(0, 100, milliseconds(20));
  Ready(0, 10, 1);
  Ready(10, 20, 1);  // of these seconds nothing is known
  Ready(20, 30, 1);  // in these nobody came
  for (int second = 20; second < 30; ++second)
    requests_.idle_windows.push_back(requests_.counts.WindowOf(kMinute + seconds(second)));
  const ProductionWindows laid = Lay();
  EXPECT_EQ(laid.windows.size(), 1U);
  EXPECT_THAT(laid.excluded, ElementsAre(Pair("no_requests", 1), Pair("unmeasured", 1)));
}

TEST_F(Laid, ACpuThatTrailsTheRequests) {
  Serve(0, 100, milliseconds(20));
  Serve(10, 400, milliseconds(20));
  Ready(13, 23, 1, 1.0);
  options_.lag = seconds(3);
  const auto windows = Lay().windows;
  ASSERT_EQ(windows.size(), 1U);
  EXPECT_NEAR(windows[0].rate, 40, 0.1);
}

TEST_F(Laid, WindowsOfTheCountsWhereTheCpuIsFiner) {
  requests_.counts = RequestCounts::Make(DurationBounds::Default(), seconds(60)).value();
  route_ = requests_.counts.Intern("shop", "GET /a", RequestClass::kServed);
  Serve(0, 600, milliseconds(20));
  for (int i = 0; i < 6; ++i) Ready(10 * i, 10 * i + 10, 1, 0.1 * i);
  const auto windows = Lay().windows;
  ASSERT_EQ(windows.size(), 1U);
  EXPECT_EQ(windows[0].Length(), 60);
  EXPECT_NEAR(*windows[0].cpu_cores, 0.25, 1e-9);  // the mean of 0, 0.1 ... 0.5
  EXPECT_NEAR(windows[0].rate, 10, 0.1);
}

TEST_F(Laid, WindowsOfTheCountsThoughTheCpuDoesNotEndOnTheirEdges) {
  requests_.counts = RequestCounts::Make(DurationBounds::Default(), seconds(60)).value();
  route_ = requests_.counts.Intern("shop", "GET /a", RequestClass::kServed);
  Serve(0, 600, milliseconds(20));
  Serve(60, 600, milliseconds(20));
  for (int i = 0; i < 6; ++i) Ready(25 * i - 15, 25 * i + 10, 1, 0.1 * i);
  const auto windows = Lay().windows;
  ASSERT_EQ(windows.size(), 2U);
  // 10 s of 0, 25 s of 0.1 and of 0.2; then 25 s of 0.3 and of 0.4, and 10 s of 0.5.
  EXPECT_NEAR(*windows[0].cpu_cores, 7.5 / 60, 1e-9);
  EXPECT_NEAR(*windows[1].cpu_cores, 22.5 / 60, 1e-9);
}

TEST_F(Laid, NoLoadFromAQueueWhereWeightsAreNotFitted) {
  Serve(0, 100, milliseconds(10));
  Serve(10, 100, milliseconds(30));  // the same requests, waiting
  Ready(0, 10, 1);
  Ready(10, 20, 1);
  const auto windows = Lay().windows;
  ASSERT_EQ(windows.size(), 2U);
  EXPECT_NEAR(windows[1].load / windows[0].load, 1, 0.01);
  EXPECT_NEAR(windows[1].held / windows[0].held, 3, 0.05);
}

}  // namespace
}  // namespace loadcurve
