// A queue and its consumers in simulated time: what is decided is there a minute later.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>

#include "scaler/workload_loop.h"

namespace loadcurve {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;
using testing::HasSubstr;
using testing::IsEmpty;

const TimePoint kStart(hours(500'000));
constexpr Duration kMinute = minutes(1);
constexpr double kDrainSeconds = 300;
constexpr double kOneConsumer = 50;  // items a second, planned at 0.7 of it: 35

ScalingProfile Consumers(std::int64_t least) {
  ScalingProfileFields fields;
  fields.metadata.name = "orders";
  fields.load.source.kind = "prometheus";
  fields.load.source.prometheus.emplace().queue =
      QueueSource{.backlog = "lag", .arrival_rate = "in", .drain_time = minutes(5)};
  ReplicaCapacity capacity;
  capacity.load = capacity.low = capacity.high = MetricsQps(kOneConsumer);
  fields.load.per_replica = capacity;
  fields.bounds = {Replicas(least), Replicas(100)};
  fields.behavior.scale_down_window = minutes(2);
  return ScalingProfile::Make(fields).value();
}

// What is told of a minute that was.
struct Minute {
  double load = 0;
  bool is_complete = true;
};

struct Told {
  std::map<TimePoint, Minute> minutes;
  std::optional<Error> failure{};
  std::optional<Error> fault{};
};

class ToldSource final : public MetricSource {
 public:
  explicit ToldSource(const Told& told) : told_(told) {}

  [[nodiscard]] Result<Measurement> Read(TimePoint since, TimePoint until) override {
    if (told_.failure) return tl::unexpected<Error>(*told_.failure);
    ToldLoad measured{.scale = "queue-5m", .fault = told_.fault};
    for (auto at = told_.minutes.lower_bound(since); at != told_.minutes.end() && at->first < until;
         ++at)
      measured.windows.push_back({.window_start = at->first,
                                  .concurrency = {},
                                  .long_lived = {},
                                  .load = MetricsQps(at->second.load),
                                  .is_complete = at->second.is_complete});
    return measured;
  }

 private:
  const Told& told_;
};

struct World {
  explicit World(std::int64_t least = 1)
      : loop(WorkloadLoop::Make(Consumers(least), std::make_unique<ToldSource>(told),
                                {.history = hours(24)})
                 .value()) {}

  void PassAMinute() {
    const double can = hang ? 0 : kOneConsumer * 60 * static_cast<double>(replicas.value());
    backlog += arrivals * 60;
    backlog -= std::min(can, backlog);
    const double waiting = backlog / kDrainSeconds;
    if (!is_silent)
      told.minutes[now] = {knows_arrivals ? arrivals + waiting : waiting, knows_arrivals};
    now += kMinute;
  }

  // Steps a minute apart, five seconds after each ended.
  WorkloadStatus RunFor(Duration span) {
    WorkloadStatus status;
    for (const TimePoint end = now + span; now < end;) {
      PassAMinute();
      status = loop.Step(now + seconds(5), replicas);
      if (!status.decision) continue;
      lowest_change = std::min(lowest_change, status.decision->desired - replicas);
      replicas = status.decision->desired;
    }
    return status;
  }

  Told told;
  WorkloadLoop loop;
  TimePoint now = kStart;
  Replicas replicas{1};
  Replicas lowest_change{0};
  double arrivals = 70;
  double backlog = 0;
  bool hang = false;
  bool knows_arrivals = true;
  bool is_silent = false;  // the minutes that pass are not told
};

TEST(QueueScaling, SizesByWhatComesIn) {
  World world;
  world.replicas = Replicas(2);
  const WorkloadStatus status = world.RunFor(minutes(30));
  EXPECT_EQ(world.replicas, Replicas(2));  // 70 / 35
  EXPECT_THAT(status.problems, IsEmpty());
  EXPECT_EQ(status.weights_version, "queue-5m");
  EXPECT_FALSE(status.counts_requests);
  EXPECT_NEAR(status.latest->load.value(), 70, 1e-6);
  EXPECT_NEAR(status.per_replica->value(), 35, 1e-9);
  EXPECT_EQ(status.coverage, Ratio(1));
}

TEST(QueueScaling, DrainsATenfoldBacklogInTheStatedTimeAndShrinksAfterwards) {
  World world;
  world.replicas = Replicas(2);
  world.RunFor(minutes(30));
  world.backlog = 210'000;
  world.RunFor(minutes(1));
  // The two there took 100 a second of it and left 208,200: (70 + 694) / 35 = 21.8.
  EXPECT_GE(world.replicas, Replicas(22));
  EXPECT_LE(world.replicas, Replicas(24));
  world.RunFor(minutes(5));
  EXPECT_EQ(world.backlog, 0);
  world.RunFor(minutes(60));
  EXPECT_EQ(world.replicas, Replicas(2));
}

TEST(QueueScaling, GrowsWhileConsumersHang) {
  World world;
  world.replicas = Replicas(2);
  world.RunFor(minutes(30));
  world.hang = true;
  for (int minute = 1; minute <= 30; ++minute) {
    world.RunFor(minutes(1));
    // 4,200 more wait: 14 more a second, of which a consumer is planned to do 35.
    EXPECT_GE(world.replicas.value() * 35, 70 + 14 * minute);
  }
  EXPECT_GE(world.replicas, Replicas(14));  // (70 + 420) / 35
}

TEST(QueueScaling, HoldsWhileItsSourceIsDead) {
  World world;
  world.arrivals = 700;
  world.replicas = Replicas(20);
  world.RunFor(minutes(30));
  world.lowest_change = Replicas(0);
  world.told.failure = Error{ErrorCode::kUnavailable, "nobody answers"};
  const WorkloadStatus status = world.RunFor(hours(2));
  EXPECT_EQ(world.lowest_change, Replicas(0));
  ASSERT_EQ(status.problems.size(), 1U);
  EXPECT_EQ(status.problems[0].message, "nobody answers");
}

TEST(QueueScaling, DoesNotTakeWindowsThatNobodyTellsForAnEmptyQueue) {
  World world(0);
  world.arrivals = 700;
  world.replicas = Replicas(20);
  world.RunFor(minutes(30));
  world.lowest_change = Replicas(0);
  world.is_silent = true;
  world.told.fault = Error{ErrorCode::kInvalidArgument, "the expression lag is -1"};
  const WorkloadStatus status = world.RunFor(hours(2));
  EXPECT_EQ(world.lowest_change, Replicas(0));
  EXPECT_EQ(status.coverage, Ratio(0));
  ASSERT_EQ(status.problems.size(), 1U);
  EXPECT_THAT(status.problems[0].message, HasSubstr("the expression lag"));
}

TEST(QueueScaling, GrowsOnWhatWaitsAloneAndNeverShrinksOnIt) {
  World world;
  world.arrivals = 700;
  world.replicas = Replicas(20);
  world.RunFor(minutes(30));
  world.lowest_change = Replicas(0);
  world.knows_arrivals = false;
  world.RunFor(hours(1));
  EXPECT_EQ(world.lowest_change, Replicas(0));
  world.backlog = 900'000;
  world.RunFor(minutes(1));
  // The twenty took 300 a second of it, and 882,000 / 300 / 35 = 84.
  EXPECT_GE(world.replicas, Replicas(84));
}

TEST(QueueScaling, WakesWhereArrivalsWereNeverKnown) {
  World world(0);
  world.replicas = Replicas(0);
  world.arrivals = 0;
  world.knows_arrivals = false;
  world.backlog = 21'000;
  const WorkloadStatus status = world.RunFor(minutes(1));
  EXPECT_EQ(world.replicas, Replicas(2));  // 21,000 / 300 / 35
  EXPECT_EQ(status.coverage, Ratio(0));
}

TEST(QueueScaling, HoldsWhereArrivalsWereNeverKnown) {
  World world(0);
  world.replicas = Replicas(20);
  world.knows_arrivals = false;
  const WorkloadStatus status = world.RunFor(hours(1));
  EXPECT_EQ(world.lowest_change, Replicas(0));
  EXPECT_THAT(status.decision->reasons.back().why, HasSubstr("hold or grow, never shrink"));
}

TEST(QueueScaling, GoesToZeroWhenNothingWaitsAndWakesOnOneItem) {
  World world(0);
  world.replicas = Replicas(2);
  world.RunFor(minutes(30));
  world.arrivals = 0;
  world.RunFor(minutes(60));
  EXPECT_EQ(world.replicas, Replicas(0));
  world.backlog = 1;
  world.RunFor(minutes(1));
  EXPECT_EQ(world.replicas, Replicas(1));
  world.RunFor(minutes(1));
  EXPECT_EQ(world.backlog, 0);
}

}  // namespace
}  // namespace loadcurve
