#include "scaler/control_loop.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/recording_scale_target.h"
#include "tests/support/scripted_metric_source.h"
#include "tests/support/simulated_clock.h"

namespace loadcurve {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;
using testing::Each;
using testing::ElementsAre;
using testing::IsEmpty;

ScalingProfile Profile(std::string name, double per_replica = 10) {
  ScalingProfileFields fields{
      .load = {.weights = RequestWeights::Occupancy(std::chrono::milliseconds(100)).value()}};
  fields.metadata.name = std::move(name);
  ReplicaCapacity capacity;
  capacity.load = capacity.low = capacity.high = MetricsQps(per_replica);
  capacity.weights_version = fields.load.Scale();
  fields.load.per_replica = capacity;
  return ScalingProfile::Make(fields).value();
}

struct World {
  LoopWorkload Workload(const std::string& name, bool is_direct = false) {
    auto source = std::make_unique<ScriptedMetricSource>(scripts[name], minutes(1));
    return {Profile(name), std::move(source), is_direct};
  }

  void RunFor(Duration span) {
    const std::stop_source stop;
    for (Duration ran{0}; ran < span; ran += seconds(15)) {
      reports.push_back(loop.Step());
      clock.Advance(seconds(15));
    }
  }

  std::map<std::string, ScriptedMetricSource::Script> scripts;
  SimulatedClock clock;
  RecordingScaleTarget target;
  DecisionBoard board;
  std::vector<TickReport> reports;
  ControlLoop loop{clock, target, board, {.history = hours(24)}, 2};
};

TEST(ControlLoop, PublishesADecisionForEveryWorkload) {
  World world;
  world.scripts["a"].qps = [](TimePoint) { return std::optional(70.0); };
  world.scripts["b"].qps = [](TimePoint) { return std::optional(7.0); };
  ASSERT_TRUE(world.loop.Set(world.Workload("a")));
  ASSERT_TRUE(world.loop.Set(world.Workload("b")));
  world.target.replicas = {{"a", Replicas(3)}, {"b", Replicas(3)}};
  world.RunFor(minutes(5));
  EXPECT_EQ(world.board.Find({"", "a"})->decision->desired, Replicas(10));
  EXPECT_EQ(world.board.Find({"", "b"})->decision->current, Replicas(3));
  EXPECT_EQ(world.reports.back().workloads, 2U);
  EXPECT_EQ(world.reports.back().decided, 2U);
  EXPECT_EQ(world.reports.back().failed, 0U);
  EXPECT_THAT(world.target.applied, IsEmpty()) << "it is an HPA that sets the count";
}

TEST(ControlLoop, TellsTheSourceHowManyReplicasShouldBeHeardOf) {
  World world;
  world.scripts["a"].qps = [](TimePoint) { return std::optional(7.0); };
  ASSERT_TRUE(world.loop.Set(world.Workload("a")));
  world.target.replicas = {{"a", Replicas(3)}};
  world.RunFor(seconds(15));
  EXPECT_EQ(world.scripts["a"].expected, Replicas(3));
}

TEST(ControlLoop, SetsTheCountItselfOnlyWhereItIsTold) {
  World world;
  world.scripts["a"].qps = [](TimePoint) { return std::optional(70.0); };
  ASSERT_TRUE(world.loop.Set(world.Workload("a", true)));
  world.target.replicas = {{"a", Replicas(3)}};
  world.RunFor(minutes(2));
  EXPECT_EQ(world.target.replicas["a"], Replicas(10));
}

TEST(ControlLoop, SetsNothingWhileItIsPausedAndGoesOnAtOnce) {
  World world;
  world.scripts["a"].qps = [](TimePoint) { return std::optional(70.0); };
  ASSERT_TRUE(world.loop.Set(world.Workload("a", true)));
  world.loop.Pause({"", "a"}, "paused by hand");
  world.target.replicas = {{"a", Replicas(3)}};
  world.RunFor(minutes(5));
  EXPECT_THAT(world.target.applied, IsEmpty());
  const auto paused = world.board.Find({"", "a"});
  EXPECT_EQ(paused->decision->desired, Replicas(3));
  EXPECT_EQ(paused->decision->need, Replicas(10));
  EXPECT_EQ(paused->why_paused, "paused by hand");
  EXPECT_TRUE(paused->latest) << "measuring goes on";

  world.loop.Pause({"", "a"}, "");
  world.loop.Step();
  EXPECT_THAT(world.target.applied, ElementsAre(Replicas(10)));
}

TEST(ControlLoop, GivesUpNothingWhileARolloutIsUnderWay) {
  World world;
  world.loop.LiftBrake(true);
  double qps = 70;
  world.scripts["a"].qps = [&](TimePoint) { return std::optional(qps); };
  ASSERT_TRUE(world.loop.Set(world.Workload("a", true)));
  world.target.replicas = {{"a", Replicas(10)}};
  world.RunFor(minutes(10));
  world.target.is_rolling_out = true;
  world.target.revision = "h2";
  qps = 42;
  world.RunFor(minutes(30));
  EXPECT_EQ(world.target.replicas["a"], Replicas(10));
  const auto held = world.board.Find({"", "a"});
  EXPECT_LE(held->decision->need, Replicas(7));
  EXPECT_EQ(held->decision->reasons.back().stage, DecisionStage::kSafetyGuard);

  world.target.is_rolling_out = false;
  world.RunFor(minutes(10));
  EXPECT_LE(world.target.replicas["a"], Replicas(7));
}

// Eight services at 70 requests a second, ten replicas each. Each makes its forecasts at times of
// its own, so not all shrink in the same step.
struct FleetWorld : World {
  FleetWorld() {
    for (int i = 0; i < 8; ++i) {
      const std::string name = "s" + std::to_string(i);
      scripts[name].qps = [this](TimePoint) { return std::optional(qps); };
      EXPECT_TRUE(loop.Set(Workload(name, true)));
      target.replicas[name] = Replicas(10);
    }
    RunFor(minutes(10));
  }
  std::int64_t Total() const {
    std::int64_t total = 0;
    for (const auto& [name, replicas] : target.replicas) total += replicas.value();
    return total;
  }
  double qps = 70;
};

TEST(ControlLoop, KeepsAFleetWhoseLoadsFallAtOnceAndTellsWhy) {
  FleetWorld world;
  ASSERT_EQ(world.Total(), 80);
  world.qps = 28;  // to 0.4, by which no service of its own looks disturbed
  world.RunFor(minutes(25));
  EXPECT_GE(world.Total(), 72);
  EXPECT_EQ(world.reports.back().brake.state, BrakeReport::State::kSuspicious);
  int held = 0;
  for (const WorkloadStatus& status : world.board.All()) {
    if (status.why_braked.empty()) continue;
    ++held;
    EXPECT_EQ(status.decision->reasons.back().stage, DecisionStage::kFleetBrake);
    EXPECT_THAT(status.why_braked, testing::HasSubstr("profiles want to give up"));
  }
  EXPECT_GE(held, 5);
  world.qps = 70;
  world.RunFor(minutes(15));
  EXPECT_GE(world.Total(), 80);
  EXPECT_EQ(world.reports.back().brake.state, BrakeReport::State::kOff);
}

TEST(ControlLoop, LetsAFleetShrinkWhereAPersonLiftedItsBrake) {
  FleetWorld world;
  world.loop.LiftBrake(true);
  world.qps = 28;
  world.RunFor(minutes(25));
  EXPECT_LE(world.Total(), 64);
}

TEST(ControlLoop, LetsALoneWorkloadGiveUpOneReplicaInTenMinutes) {
  World world;
  double qps = 70;
  world.scripts["a"].qps = [&](TimePoint) { return std::optional(qps); };
  ASSERT_TRUE(world.loop.Set(world.Workload("a", true)));
  world.target.replicas = {{"a", Replicas(10)}};
  world.RunFor(minutes(10));
  qps = 42;
  Replicas before(10);
  for (int i = 0; i < 6; ++i) {
    world.RunFor(minutes(9));
    EXPECT_GE(world.target.replicas["a"], before - Replicas(1));
    before = world.target.replicas["a"];
  }
  EXPECT_LE(before, Replicas(7)) << "it goes all the same";
}

TEST(ControlLoop, FollowsDecisionsAsFarAsTheRolloutDoes) {
  World world;
  double qps = 70;
  world.scripts["a"].qps = [&](TimePoint) { return std::optional(qps); };
  LoopWorkload workload = world.Workload("a", true);
  ScalingProfileFields fields = workload.profile.fields();
  fields.rollout.stage = RolloutStage::kRecommend;
  workload.profile = ScalingProfile::Make(fields).value();
  ASSERT_TRUE(world.loop.Set(std::move(workload)));
  world.target.replicas = {{"a", Replicas(3)}};
  world.RunFor(minutes(5));
  EXPECT_EQ(world.target.replicas["a"], Replicas(3));
  EXPECT_EQ(world.board.Find({"", "a"})->rollout->recommended, Replicas(10));

  workload = world.Workload("a", true);
  fields.rollout.stage = RolloutStage::kUpOnly;
  workload.profile = ScalingProfile::Make(fields).value();
  ASSERT_TRUE(world.loop.Set(std::move(workload)));
  world.RunFor(minutes(5));
  EXPECT_EQ(world.target.replicas["a"], Replicas(10));
  qps = 28;
  world.RunFor(minutes(30));
  EXPECT_EQ(world.target.replicas["a"], Replicas(10));
}

TEST(ControlLoop, ARolloutGoesOnAcrossARestartAndAChangeOfTheProfile) {
  World world;
  world.scripts["a"].qps = [](TimePoint) { return std::optional(70.0); };
  LoopWorkload workload = world.Workload("a");
  ScalingProfileFields fields = workload.profile.fields();
  fields.rollout.stage.reset();
  workload.profile = ScalingProfile::Make(fields).value();
  workload.rollout = RolloutState{.stage = RolloutStage::kUpOnly, .since = world.clock.Now()};
  ASSERT_TRUE(world.loop.Set(std::move(workload)));
  world.target.replicas = {{"a", Replicas(3)}};
  world.RunFor(minutes(1));
  EXPECT_EQ(world.board.Find({"", "a"})->rollout->stage, RolloutStage::kUpOnly);
  workload = world.Workload("a");
  fields.bounds.max = Replicas(50);
  workload.profile = ScalingProfile::Make(fields).value();
  ASSERT_TRUE(world.loop.Set(std::move(workload)));
  world.RunFor(minutes(1));
  EXPECT_EQ(world.board.Find({"", "a"})->rollout->stage, RolloutStage::kUpOnly);
}

TEST(ControlLoop, LetsAWorkloadFailAlone) {
  World world;
  world.scripts["a"].qps = [](TimePoint) { return std::optional(70.0); };
  world.scripts["b"].qps = [](TimePoint) { return std::optional(7.0); };
  world.scripts["b"].failure = Error{ErrorCode::kUnavailable, "no answer"};
  ASSERT_TRUE(world.loop.Set(world.Workload("a", true)));
  ASSERT_TRUE(world.loop.Set(world.Workload("b", true)));
  ASSERT_TRUE(world.loop.Set(world.Workload("gone", true)));
  world.scripts["gone"].qps = [](TimePoint) { return std::optional(7.0); };
  world.target.replicas = {{"a", Replicas(3)}, {"b", Replicas(3)}};
  world.RunFor(minutes(2));
  EXPECT_EQ(world.target.replicas["a"], Replicas(10));
  EXPECT_EQ(world.target.replicas["b"], Replicas(3));
  EXPECT_EQ(world.board.Find({"", "b"})->problems[0].message, "no answer");
  EXPECT_EQ(world.board.Find({"", "gone"})->problems[0].code, ErrorCode::kNotFound);
  EXPECT_TRUE(world.board.Find({"", "gone"})->latest) << "its load is measured all the same";
  EXPECT_EQ(world.reports.back().failed, 2U);
}

TEST(ControlLoop, KeepsWhatItMeasuredWhenAProfileChanges) {
  World world;
  world.scripts["a"].qps = [](TimePoint) { return std::optional(70.0); };
  ASSERT_TRUE(world.loop.Set(world.Workload("a")));
  world.target.replicas = {{"a", Replicas(3)}};
  world.RunFor(minutes(10));
  world.loop.LiftBrake(true);
  // The source has forgotten, and is slow to answer again.
  world.scripts["a"].failure = Error{ErrorCode::kUnavailable, "no answer"};
  LoopWorkload changed = world.Workload("a");
  changed.profile = Profile("a", 20);
  ASSERT_TRUE(world.loop.Set(std::move(changed)));
  world.RunFor(seconds(15));
  EXPECT_EQ(world.board.Find({"", "a"})->decision->desired, Replicas(5));
}

TEST(ControlLoop, BeginsWithAPastThatIsKeptElsewhere) {
  World world;
  world.scripts["a"].failure = Error{ErrorCode::kUnavailable, "no answer"};
  LoopWorkload workload = world.Workload("a");
  workload.past = LoadSeries::Make(world.clock.Now() - hours(1), minutes(1),
                                   std::vector<double>(60, 70.0), "occupancy-100ms")
                      .value();
  ASSERT_TRUE(world.loop.Set(std::move(workload)));
  world.target.replicas = {{"a", Replicas(3)}};
  world.RunFor(seconds(15));
  EXPECT_EQ(world.board.Find({"", "a"})->decision->desired, Replicas(10));  // 70 / (10 * 0.7)
}

TEST(ControlLoop, ForgetsARemovedWorkload) {
  World world;
  world.scripts["a"].qps = [](TimePoint) { return std::optional(70.0); };
  ASSERT_TRUE(world.loop.Set(world.Workload("a")));
  world.RunFor(seconds(15));
  world.loop.Remove({"", "a"});
  world.RunFor(seconds(15));
  EXPECT_FALSE(world.board.Find({"", "a"}));
  EXPECT_EQ(world.reports.back().workloads, 0U);
}

TEST(ControlLoop, NeverShrinksWhenTheWallClockJumps) {
  for (const Duration jump : {Duration(hours(-3)), Duration(hours(3))}) {
    World world;
    world.scripts["a"].qps = [&](TimePoint at) {
      return at < world.clock.Now() ? std::optional(70.0) : std::nullopt;
    };
    ASSERT_TRUE(world.loop.Set(world.Workload("a", true)));
    world.target.replicas = {{"a", Replicas(10)}};
    world.RunFor(minutes(10));
    world.clock.JumpWall(jump);
    world.RunFor(minutes(10));
    EXPECT_THAT(world.target.applied, Each(testing::Ge(Replicas(10)))) << jump.count();
  }
}

TEST(ControlLoop, MeasuresAgainAtOnceWhenAClockThatRanAheadIsSetRight) {
  World world;
  double qps = 70;
  world.scripts["a"].qps = [&](TimePoint at) {
    return at < world.clock.Now() ? std::optional(qps) : std::nullopt;
  };
  ASSERT_TRUE(world.loop.Set(world.Workload("a", true)));
  world.target.replicas = {{"a", Replicas(10)}};
  world.RunFor(minutes(10));
  world.clock.JumpWall(hours(3));
  world.RunFor(minutes(3));
  world.clock.JumpWall(-hours(3));
  qps = 210;
  world.RunFor(minutes(3));
  EXPECT_GE(world.target.replicas["a"], Replicas(30));
}

TEST(RunLoop, StepsEveryIntervalUntilItIsStopped) {
  World world;
  std::stop_source stop;
  std::vector<TimePoint> began;
  RunLoop(world.loop, world.clock, seconds(15), stop.get_token(), [&](const TickReport& report) {
    began.push_back(report.began);
    if (began.size() == 3) stop.request_stop();
  });
  ASSERT_EQ(began.size(), 3U);
  EXPECT_EQ(began[2] - began[0], seconds(30));
}

}  // namespace
}  // namespace loadcurve
