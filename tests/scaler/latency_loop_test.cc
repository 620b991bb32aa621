// The closed loop on the latency target, through the whole loop of a workload.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "scaler/workload_loop.h"
#include "tests/support/checkout_fields.h"

namespace loadcurve {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

const TimePoint kStart(hours(500'000));

// Every request weighs 1, and a replica is thought to carry 10, planned at 0.7 of that. 70 a second
// need 10.
ScalingProfile Checkout(Replicas most) {
  ScalingProfileFields fields =
      CheckoutFields(RequestWeights::Table({{.upper = Duration::max(), .weight = 1}}).value());
  fields.objective.latency = LatencyTarget{milliseconds(200), 0.95};
  fields.bounds.max = most;
  return ScalingProfile::Make(fields).value();
}

// 70 requests a second of 100 ms; where a replica gets more than it `carries`, a fifth of them
// takes 250 ms, else 2 %.
class World {
 public:
  explicit World(Replicas most = Replicas(100))
      : loop_(WorkloadLoop::Make(Checkout(most), std::make_unique<Source>(*this),
                                 {.history = hours(24)})
                  .value()) {}

  void RunFor(Duration span) {
    const TimePoint end = now_ + span;
    while (now_ < end) {
      now_ += minutes(1);
      late_ = kRate / static_cast<double>(replicas.value()) > carries ? 0.2 : 0.02;
      loop_.Expect(ScaleObservation{.current = replicas, .ready = replicas});
      status = loop_.Step(now_ + seconds(1), replicas);
      ASSERT_THAT(status.problems, IsEmpty());
      if (status.decision) replicas = status.decision->desired;
    }
  }

  double share() const { return status.capacity->latency_share; }
  double late() const { return late_; }

  double carries = 5.5;
  Replicas replicas{10};
  WorkloadStatus status;

 private:
  static constexpr double kRate = 70;

  class Source final : public MetricSource {
   public:
    explicit Source(const World& world) : world_(world) {}
    [[nodiscard]] Result<Measurement> Read(TimePoint since, TimePoint until) override {
      MeasuredRequests measured{RequestCounts::Make(DurationBounds::Default(), minutes(1)).value()};
      const auto series = measured.counts.Intern("", "", RequestClass::kServed);
      const auto add = [&](TimePoint at, Duration duration, double count) {
        RequestCell cell;
        cell.count = static_cast<std::uint64_t>(count + 0.5);
        cell.duration_us = cell.count * static_cast<std::uint64_t>(duration.count());
        measured.counts.AddCell(measured.counts.WindowOf(at), series,
                                measured.counts.bounds().BucketOf(duration), cell);
      };
      for (TimePoint at = since; at < until; at += minutes(1)) {
        add(at, milliseconds(100), kRate * 60 * (1 - world_.late_));
        add(at, milliseconds(250), kRate * 60 * world_.late_);
      }
      return measured;
    }

   private:
    const World& world_;
  };

  WorkloadLoop loop_;
  TimePoint now_ = kStart;
  double late_ = 0.02;
};

TEST(LatencyLoop, BuysMoreWhereAnswersAreLateThoughTheReplicasShouldCarryTheLoad) {
  World world;
  world.RunFor(hours(2));
  EXPECT_GE(world.replicas, Replicas(13));  // 70 / 5.5 = 12.7
  EXPECT_LE(world.replicas, Replicas(14));
  EXPECT_EQ(world.late(), 0.02);
  EXPECT_LT(world.share(), 0.9);
  EXPECT_THAT(world.status.decision->reasons.front().why, HasSubstr("later than 200ms"));
  EXPECT_NEAR(*world.status.capacity->planned / *world.status.capacity->profile, world.share(),
              1e-9);
}

TEST(LatencyLoop, GivesItBackOnceTheServiceCarriesWhatItShould) {
  World world;
  world.RunFor(hours(2));
  ASSERT_GE(world.replicas, Replicas(13));
  world.carries = 7.5;
  world.RunFor(hours(8));
  EXPECT_EQ(world.share(), 1);
  EXPECT_EQ(world.replicas, Replicas(10));
}

TEST(LatencyLoop, DoesNotWindUpAtTheMaximum) {
  World world(Replicas(10));
  world.RunFor(hours(3));
  EXPECT_EQ(world.share(), 1);
  EXPECT_EQ(world.late(), 0.2);
}

TEST(LatencyLoop, StopsWhereMoreReplicasDoNotHelp) {
  World world;
  world.carries = 0;
  world.RunFor(hours(6));
  EXPECT_NEAR(world.share(), 1 / 1.5, 1e-9);
  EXPECT_LE(world.replicas, Replicas(16));
  EXPECT_THAT(world.status.capacity->why, HasSubstr("more replicas do not seem to help"));
}

}  // namespace
}  // namespace loadcurve
