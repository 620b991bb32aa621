#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "scaler/control_loop.h"
#include "scaler/workload_loop.h"
#include "tests/support/recording_scale_target.h"
#include "tests/support/simulated_clock.h"
#include "tests/support/two_route_sources.h"

namespace loadcurve {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::TwoRouteCpu;
using testing::TwoRouteRequests;
using testing::TwoRouteWorld;

const TimePoint kStart(hours(500'000));

// Time held by 100 ms, of which one replica is thought to carry 0.7; the service burns what
// TwoRouteService says, so that it carries eight times as many of its requests.
ScalingProfile Checkout(Duration window = minutes(5), double per_replica = 0.7) {
  ScalingProfileFields fields{
      .load = {.weights = RequestWeights::Occupancy(milliseconds(100)).value()}};
  fields.metadata.name = "checkout";
  ReplicaCapacity capacity;
  capacity.load = capacity.low = capacity.high = MetricsQps(per_replica);
  capacity.weights_version = fields.load.Scale();
  capacity.target_share = Ratio(0.7);
  fields.load.per_replica = capacity;
  fields.load.source.kind = "prometheus";
  fields.load.source.prometheus.emplace().preset = "spring";
  fields.load.calibration = {.is_online = true, .every = hours(1), .history = hours(6)};
  fields.behavior.scale_down_window = window;
  return ScalingProfile::Make(fields).value();
}

// One workload whose replicas become what is decided a step later; steps are a minute apart, five
// seconds after the window ended.
struct World {
  explicit World(const ScalingProfile& profile, WorkloadLoopOptions options = {})
      : loop(Make(profile, options)) {}

  WorkloadLoop Make(const ScalingProfile& profile, WorkloadLoopOptions options) {
    options.history = hours(24);
    return WorkloadLoop::Make(profile, std::make_unique<TwoRouteRequests>(sources), options,
                              std::make_unique<TwoRouteCpu>(sources))
        .value();
  }

  WorkloadStatus Step() {
    now += minutes(1);
    loop.Expect(testing::TwoRouteService::ReplicasAt(now));
    WorkloadStatus status = loop.Step(now + seconds(5), replicas);
    if (status.decision) replicas = status.decision->desired;
    return status;
  }

  // Steps until something was adopted, at most so many hours.
  std::optional<WorkloadStatus> RunToAdoption(int most_hours) {
    const std::string before = loop.profile().fields().load.Scale();
    for (int minute = 0; minute < most_hours * 60; ++minute) {
      before_adoption = replicas;
      WorkloadStatus status = Step();
      if (status.weights_version != before) return status;
    }
    return std::nullopt;
  }

  TwoRouteWorld sources;
  WorkloadLoop loop;
  TimePoint now = kStart;
  Replicas replicas{1};
  Replicas before_adoption{0};
};

// From the adoption on; and no longer.
void ExpectHeldForFiveMinutes(World& world) {
  const Replicas before = world.before_adoption;
  EXPECT_GE(world.replicas, before);
  for (int minute = 1; minute < 5; ++minute) {
    world.Step();
    EXPECT_GE(world.replicas, before) << minute;
  }
  for (int minute = 0; minute < 10; ++minute) world.Step();
  EXPECT_LT(world.replicas, before);
}

TEST(OnlineCalibrationLoop, AdoptsWithoutGivingUpReplicasAtOnce) {
  World world(Checkout());
  const auto status = world.RunToAdoption(3);
  ASSERT_TRUE(status) << world.loop.profile().fields().load.Scale();
  EXPECT_THAT(status->problems, IsEmpty());
  EXPECT_TRUE(status->weights_version.starts_with("fitted-"));
  ASSERT_TRUE(status->calibration);
  EXPECT_EQ(status->calibration->last.outcome, CalibrationOutcome::kAdopted);
  EXPECT_EQ(status->calibration->adopted->instead_of, "occupancy-100ms");
  // All of it is in the new scale at that very step.
  EXPECT_TRUE(status->forecast);
  EXPECT_EQ(world.loop.Past()->weights_version(), status->weights_version);
  EXPECT_GT(world.loop.Past()->size(), 20U * 60);

  ASSERT_GE(world.before_adoption, Replicas(8));
  ExpectHeldForFiveMinutes(world);
}

TEST(OnlineCalibrationLoop, HoldsAlsoWhereTheProfileLetsShrinkAtOnce) {
  World world(Checkout(minutes(0)));
  ASSERT_TRUE(world.RunToAdoption(3));
  ExpectHeldForFiveMinutes(world);
}

TEST(OnlineCalibrationLoop, HoldsWhatWasOrderedAndIsNotThereYet) {
  World world(Checkout());
  Replicas before(0);
  for (int minute = 0; minute < 180; ++minute) {
    world.replicas = Replicas(1);  // there is no room for more
    const auto status = world.Step();
    if (status.weights_version == "occupancy-100ms") {
      before = status.decision->need;
      continue;
    }
    ASSERT_GE(before, Replicas(8));
    EXPECT_GE(status.decision->desired, before);
    return;
  }
  FAIL() << "nothing was adopted";
}

TEST(OnlineCalibrationLoop, GrowsAtTheAdoptionWhereMoreIsNeeded) {
  World world(Checkout(minutes(5), 80));  // one is thought to carry everything
  // 160 and 48 a second are 25.6 units; of such requests one carries 16.
  world.sources.service.cheap_rate = 160;
  world.sources.service.dear_rate = 48;
  ASSERT_TRUE(world.RunToAdoption(3));
  EXPECT_EQ(world.before_adoption, Replicas(1));
  EXPECT_GE(world.replicas, Replicas(2));
}

TEST(OnlineCalibrationLoop, ComesToRest) {
  World world(Checkout());
  std::set<std::string> versions;
  for (int minute = 0; minute < 24 * 60; ++minute) versions.insert(world.Step().weights_version);
  EXPECT_LE(versions.size(), 3U);  // its own, and what a first and a longer look found
  const std::string settled = world.loop.profile().fields().load.Scale();
  for (int minute = 0; minute < 12 * 60; ++minute) EXPECT_EQ(world.Step().weights_version, settled);
}

TEST(OnlineCalibrationLoop, TriesOnceAnHour) {
  World world(Checkout());
  world.sources.cpu_failure = Error{ErrorCode::kNotFound, "cAdvisor counts no such container"};
  WorkloadStatus status;
  for (int minute = 0; minute < 150; ++minute) status = world.Step();
  EXPECT_EQ(world.sources.cpu_reads, 3);  // at 0, 60 and 120 minutes
  EXPECT_EQ(status.calibration->last.outcome, CalibrationOutcome::kNotMeasured);
  EXPECT_THAT(status.calibration->last.why, HasSubstr("no such container"));
  EXPECT_EQ(status.weights_version, "occupancy-100ms");
  EXPECT_THAT(status.problems, IsEmpty()) << "decisions stand on what is in force";
}

TEST(OnlineCalibrationLoop, WaitsForTime) {
  const SimulatedClock clock;
  StepBudget budget(clock, seconds(5));
  World world(Checkout(), {.budget = &budget});
  for (int minute = 0; minute < 10; ++minute) world.Step();  // no step began: nobody has time
  EXPECT_EQ(world.sources.cpu_reads, 0);
  EXPECT_TRUE(world.loop.was_put_off());
  budget.Begin();
  world.Step();
  world.Step();
  EXPECT_EQ(world.sources.cpu_reads, 1);
  clock.Advance(seconds(5));  // all of it is used up from here on
  for (int minute = 0; minute < 70; ++minute) world.Step();
  EXPECT_EQ(world.sources.cpu_reads, 1);
  budget.Begin();
  world.Step();
  EXPECT_EQ(world.sources.cpu_reads, 2);
}

TEST(OnlineCalibrationLoop, CountsReadyReplicasItselfWhereNobodyElseDoes) {
  World world(Checkout());
  world.sources.knows_ready = false;
  // Nobody looked before: the first attempt knows no window, the third an hour and a half.
  const auto first = world.Step();
  EXPECT_EQ(first.calibration->last.outcome, CalibrationOutcome::kTooLittle);
  EXPECT_THAT(first.calibration->last.why, HasSubstr("unknown_replicas"));
  EXPECT_TRUE(world.RunToAdoption(3));
}

TEST(OnlineCalibrationLoop, KeepsTheOldCostsUntilThePastCanBeReadInTheNew) {
  World world(Checkout());
  WorkloadStatus status = world.Step();
  ASSERT_EQ(status.calibration->last.outcome, CalibrationOutcome::kAdopted)
      << status.calibration->last.why;
  world.sources.failure = Error{ErrorCode::kUnavailable, "the Prometheus is away"};
  status = world.Step();
  EXPECT_EQ(status.weights_version, "occupancy-100ms");
  EXPECT_EQ(status.calibration->adopted, std::nullopt);
  EXPECT_FALSE(status.problems.empty());
  world.sources.failure.reset();
  EXPECT_TRUE(world.Step().weights_version.starts_with("fitted-"));
}

TEST(OnlineCalibrationLoop, ResumesWhatWasAdoptedForTheSameProfile) {
  World first(Checkout());
  ASSERT_TRUE(first.RunToAdoption(3));
  const CalibrationReport report = first.loop.calibration();

  World second(Checkout());
  second.now = first.now;
  second.loop.Resume(report);
  EXPECT_EQ(second.Step().weights_version, report.adopted->costs.weights.version());
  EXPECT_EQ(second.loop.calibration(), report);
  EXPECT_EQ(second.sources.cpu_reads, 0) << "an hour is not over";

  World other(Checkout(minutes(5), 0.8));  // a person gave another capacity
  other.now = first.now;
  other.loop.Resume(report);
  EXPECT_EQ(other.Step().weights_version, "occupancy-100ms");
}

TEST(OnlineCalibrationLoop, KeepsWhatWasAdoptedWhereOtherPartsOfTheProfileChange) {
  TwoRouteWorld sources;
  const SimulatedClock clock;
  RecordingScaleTarget target;
  DecisionBoard board;
  ControlLoop loop(clock, target, board, {.history = hours(24)}, 1);
  World found(Checkout());
  ASSERT_TRUE(found.RunToAdoption(3));
  const auto set = [&](const ScalingProfile& profile, CalibrationReport report) {
    return loop.Set({.profile = profile,
                     .source = std::make_unique<TwoRouteRequests>(sources),
                     .cpu = std::make_unique<TwoRouteCpu>(sources),
                     .calibration = std::move(report)});
  };
  ASSERT_TRUE(set(Checkout(), found.loop.calibration()));
  ASSERT_TRUE(set(Checkout(minutes(9)), {}));
  loop.Step();
  EXPECT_EQ(board.Find({"", "checkout"})->weights_version,
            found.loop.calibration().adopted->costs.weights.version());
}

TEST(SteadyRecord, KnowsACountThatStayedAndWasLookedAt) {
  SteadyRecord<Replicas> record(hours(1));
  for (int minute = 0; minute <= 5; ++minute)
    record.Note(kStart + minutes(minute), Replicas(minute < 3 ? 2 : 4));
  EXPECT_EQ(record.Through(kStart, kStart + minutes(2)), Replicas(2));
  EXPECT_EQ(record.Through(kStart + minutes(3), kStart + minutes(5)), Replicas(4));
  EXPECT_EQ(record.Through(kStart + minutes(2), kStart + minutes(4)), std::nullopt);
  EXPECT_EQ(record.Through(kStart - minutes(1), kStart + minutes(1)), std::nullopt);
  record.Note(kStart + minutes(10), Replicas(4));  // nobody looked for five minutes
  EXPECT_EQ(record.Through(kStart + minutes(4), kStart + minutes(10)), std::nullopt);
  record.Note(kStart + minutes(90), Replicas(4));
  EXPECT_EQ(record.Through(kStart, kStart + minutes(2)), std::nullopt);
}

}  // namespace
}  // namespace loadcurve
