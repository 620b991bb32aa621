#include "scaler/workload_loop.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <numbers>
#include <utility>

#include "tests/support/checkout_fields.h"
#include "tests/support/scripted_metric_source.h"
#include "tests/support/scripted_usage.h"
#include "tests/support/simulated_clock.h"

namespace loadcurve {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;
using testing::HasSubstr;
using testing::IsEmpty;

const TimePoint kStart(hours(500'000));

// A replica carries 10 requests a second of 100 ms, planned at 0.7 of that; a new one takes a
// minute; nothing shrinks within two minutes of a need.
ScalingProfile Checkout() {
  ScalingProfileFields fields = CheckoutFields();
  fields.behavior.scale_down_window = minutes(2);
  return ScalingProfile::Make(fields).value();
}

// The loop of one workload and the replicas it gets: what is decided is there a step later.
struct World {
  explicit World(std::function<std::optional<double>(TimePoint)> qps,
                 const StepBudget* budget = nullptr)
      : loop(WorkloadLoop::Make(Checkout(),
                                std::make_unique<ScriptedMetricSource>(script, minutes(1)),
                                {.history = hours(48), .budget = budget})
                 .value()) {
    script.qps = std::move(qps);
  }

  // One step a minute, five seconds after the window ended.
  WorkloadStatus RunTo(TimePoint end) {
    WorkloadStatus status;
    while (now < end) {
      now += minutes(1);
      status = loop.Step(now + seconds(5), replicas);
      if (!status.decision) continue;
      lowest_change = std::min(lowest_change, status.decision->desired - replicas);
      replicas = status.decision->desired;
    }
    return status;
  }

  ScriptedMetricSource::Script script;
  WorkloadLoop loop;
  TimePoint now = kStart;
  Replicas replicas{1};
  Replicas lowest_change{0};
};

std::function<std::optional<double>(TimePoint)> Steady(double qps) {
  return [qps](TimePoint) { return qps; };
}

TEST(WorkloadLoop, SizesASteadyLoad) {
  World world(Steady(70));
  const WorkloadStatus status = world.RunTo(kStart + minutes(30));
  EXPECT_EQ(world.replicas, Replicas(10));  // 70 / (10 * 0.7)
  EXPECT_THAT(status.problems, IsEmpty());
  EXPECT_NEAR(status.latest->load.value(), 70, 1e-6);
  EXPECT_NEAR(status.per_replica->value(), 7, 1e-9);
  EXPECT_NEAR(status.forecast->value(), 70, 1);
  EXPECT_EQ(status.weights_version, "occupancy-100ms");
  EXPECT_EQ(status.coverage, Ratio(1));
}

TEST(WorkloadLoop, LooksAheadForNodesWhereItIsAsked) {
  World world(Steady(70));
  world.RunTo(kStart + minutes(30));
  EXPECT_EQ(world.loop.ahead(), std::nullopt);
  // An hour is further than any forecast went until now: one is made anew.
  world.loop.LookAheadFor(hours(1));
  world.RunTo(kStart + minutes(31));
  ASSERT_TRUE(world.loop.ahead());
  EXPECT_TRUE(world.loop.ahead()->is_foreseen);
  EXPECT_EQ(world.loop.ahead()->replicas, Replicas(10));
  EXPECT_EQ(world.loop.ahead()->until, kStart + minutes(31) + seconds(5) + hours(1) + minutes(1));
  world.loop.LookAheadFor(std::nullopt);
  world.RunTo(kStart + minutes(32));
  EXPECT_EQ(world.loop.ahead(), std::nullopt);
}

TEST(WorkloadLoop, NeedsAheadWhatAForecastSaysOfTheWayThere) {
  // The load follows the hour, from 35 up to 105 and back; half an hour ahead of the trough is the
  // peak: 15 replicas, and what the forecast is not sure of.
  const auto wave = [](TimePoint time) {
    const double turn = Seconds(time - kStart) / 3600 * 2 * std::numbers::pi;
    return 70 - 35 * std::cos(turn);
  };
  World world(wave);
  world.loop.LookAheadFor(minutes(30));
  world.RunTo(kStart + hours(24));
  ASSERT_TRUE(world.loop.ahead());
  EXPECT_LE(world.replicas, Replicas(8));
  EXPECT_GE(world.loop.ahead()->replicas, Replicas(14));
  EXPECT_LE(world.loop.ahead()->replicas, Replicas(18));
  EXPECT_GT(world.loop.ahead()->at, kStart + hours(24) + minutes(15));
}

TEST(WorkloadLoop, ReadsThePastOfItsSourceAtFirst) {
  World world(Steady(70));
  world.RunTo(kStart + minutes(1));
  EXPECT_EQ(world.script.reads, 1);
  EXPECT_EQ(world.replicas, Replicas(10));
}

TEST(WorkloadLoop, IsSizedByWhatIsMeasuredUntilThereIsTimeForThePast) {
  const SimulatedClock clock;
  StepBudget budget(clock, seconds(5));
  World world(Steady(70), &budget);
  WorkloadStatus status = world.RunTo(kStart + minutes(1));  // no step began: nobody has time
  EXPECT_TRUE(world.loop.was_put_off());
  EXPECT_EQ(status.forecast, std::nullopt);
  EXPECT_EQ(world.replicas, Replicas(10));

  budget.Begin();
  status = world.RunTo(kStart + minutes(2));
  EXPECT_FALSE(world.loop.was_put_off());
  EXPECT_NEAR(status.forecast->value(), 70, 1);
}

TEST(StepBudget, LastsForItsSpanFromTheBeginningOfEachStep) {
  const SimulatedClock clock;
  StepBudget budget(clock, seconds(5));
  EXPECT_FALSE(budget.HasTime());
  budget.Begin();
  EXPECT_TRUE(budget.HasTime());
  clock.Advance(seconds(5));
  EXPECT_FALSE(budget.HasTime());
  budget.Begin();
  EXPECT_TRUE(budget.HasTime());
}

TEST(WorkloadLoop, HoldsForAWindowWhatAnotherFoundNecessary) {
  World world(Steady(70));  // 10 replicas; whoever led before wanted 20, foreseeing more
  world.replicas = Replicas(20);
  world.loop.RememberNeed({kStart, Replicas(20)});
  world.RunTo(kStart + minutes(1));
  EXPECT_EQ(world.replicas, Replicas(20));
  world.RunTo(kStart + minutes(5));
  EXPECT_EQ(world.replicas, Replicas(10));
}

TEST(WorkloadLoop, GrowsBeforeALoadThatRisesEveryDay) {
  // From 35 to 105 and back each day, as a sine.
  const auto day = [](TimePoint at) {
    const double hour = Seconds(at.time_since_epoch()) / 3600;
    return std::optional(70 - 35 * std::cos(2 * std::numbers::pi * hour / 24));
  };
  World world(day);
  world.RunTo(kStart + minutes(5));
  int short_minutes = 0;
  for (int minute = 0; minute < 24 * 60; ++minute) {
    const double needed = *day(world.now + minutes(1)) / 7;
    short_minutes += needed > static_cast<double>(world.replicas.value()) ? 1 : 0;
    world.RunTo(world.now + minutes(1));
  }
  EXPECT_LE(short_minutes, 7);  // 0.5 % of a day
}

TEST(WorkloadLoop, ForecastsAnewAfterTenShortSteps) {
  const auto step = seconds(5);
  ScalingProfileFields fields = Checkout().fields();
  fields.forecast.step = step;
  ScriptedMetricSource::Script script;
  script.qps = [](TimePoint at) { return at < kStart ? 70.0 : 140.0; };
  auto loop = WorkloadLoop::Make(ScalingProfile::Make(fields).value(),
                                 std::make_unique<ScriptedMetricSource>(script, step),
                                 {.history = hours(2), .refit_offset = minutes(9)});
  ASSERT_TRUE(loop) << loop.error().message;
  EXPECT_NEAR(loop->Step(kStart, Replicas(10)).forecast->value(), 70, 7);
  // The first time is later by 9 min, of which nothing is left in periods of 50 s but 40.
  WorkloadStatus status;
  for (TimePoint now = kStart + step; now <= kStart + seconds(100); now += step)
    status = loop->Step(now, Replicas(20));
  EXPECT_GT(status.forecast->value(), 120);
}

TEST(WorkloadLoop, NeverShrinksOnSilenceAndSaysWhy) {
  World world(Steady(70));
  world.RunTo(kStart + minutes(30));
  world.lowest_change = Replicas(0);
  world.script.qps = [](TimePoint) { return std::nullopt; };
  const WorkloadStatus status = world.RunTo(kStart + hours(3));
  EXPECT_EQ(world.lowest_change, Replicas(0));
  EXPECT_THAT(status.decision->reasons.back().why, HasSubstr("hold or grow, never shrink"));
}

TEST(WorkloadLoop, DoesNotFollowTheEchoOfItsOwnHoldInTheObservedCount) {
  World world(Steady(70));
  world.RunTo(kStart + minutes(30));
  world.script.failure = Error{ErrorCode::kUnavailable, "nobody answers"};
  world.RunTo(kStart + minutes(40));
  ASSERT_EQ(world.replicas, Replicas(10));
  // Somebody adds one, and what is observed is a step old from then on: 11, 10, 11, ...
  Replicas observed(11);
  for (int step = 0; step < 10; ++step) {
    world.now += minutes(1);
    const auto current = std::exchange(observed, world.replicas);
    world.replicas = world.loop.Step(world.now + seconds(5), current).decision->desired;
    EXPECT_EQ(world.replicas, Replicas(11)) << "in step " << step;
  }
}

TEST(WorkloadLoop, BuysNothingOnALogThatEndedYesterday) {
  // Two days, each from 35 to 245; what was the peak of yesterday is no evidence today.
  World world([](TimePoint at) {
    const double hour = Seconds(at.time_since_epoch()) / 3600;
    return at < kStart - hours(6)
               ? std::optional(140 - 105 * std::cos(2 * std::numbers::pi * hour / 24))
               : std::optional<double>();
  });
  const WorkloadStatus status = world.RunTo(kStart + minutes(5));
  EXPECT_EQ(world.replicas, Replicas(1));
  EXPECT_THAT(status.decision->reasons.front().why, HasSubstr("the count holds"));
}

TEST(WorkloadLoop, NeverShrinksWhileItsSourceFailsAndTellsTheError) {
  World world(Steady(70));
  world.RunTo(kStart + minutes(30));
  world.lowest_change = Replicas(0);
  world.script.failure = Error{ErrorCode::kUnavailable, "nobody answers"};
  const WorkloadStatus status = world.RunTo(kStart + hours(3));
  EXPECT_EQ(world.lowest_change, Replicas(0));
  ASSERT_EQ(status.problems.size(), 1U);
  EXPECT_EQ(status.problems[0].message, "nobody answers");
}

TEST(WorkloadLoop, IsWithinATenthOfTheNeedThreeMinutesAfterEvidenceReturns) {
  World world(Steady(70));
  world.RunTo(kStart + minutes(30));
  world.script.failure = Error{ErrorCode::kUnavailable, "nobody answers"};
  world.RunTo(kStart + hours(1));
  world.script.failure.reset();
  world.script.qps = [](TimePoint at) {
    return std::optional(at < kStart + minutes(45) ? 70.0 : 210.0);
  };
  world.RunTo(kStart + hours(1) + minutes(3));
  EXPECT_GE(world.replicas, Replicas(30));  // 210 / 7
  EXPECT_LE(world.replicas, Replicas(33));
}

TEST(WorkloadLoop, ShrinksWhenIdleWasMeasured) {
  World world(Steady(70));
  world.RunTo(kStart + minutes(30));
  world.script.qps = Steady(0);
  world.RunTo(kStart + hours(2));
  EXPECT_EQ(world.replicas, Replicas(1));
}

TEST(WorkloadLoop, TakesHalfTheReplicasHeardOfForNoFallOfTheLoad) {
  World world(Steady(70));
  world.RunTo(kStart + minutes(30));
  world.lowest_change = Replicas(0);
  world.script.coverage = Ratio(0.5);
  world.script.qps = [](TimePoint at) {
    return std::optional(at < kStart + minutes(30) ? 70.0 : 35.0);
  };
  const WorkloadStatus status = world.RunTo(kStart + hours(2));
  EXPECT_EQ(world.lowest_change, Replicas(0));
  EXPECT_NEAR(status.latest->load.value(), 70, 1e-6);
  EXPECT_EQ(status.coverage, Ratio(0.5));
}

TEST(WorkloadLoop, LearnsFromAPastThatWasWhole) {
  World world(Steady(70));
  world.script.coverage = Ratio(0.5);
  world.script.part_since = kStart;
  const WorkloadStatus status = world.RunTo(kStart + minutes(5));
  EXPECT_NEAR(status.forecast->value(), 70, 1);
  EXPECT_EQ(status.latest->window_start, kStart - minutes(1));
}

TEST(WorkloadLoop, GrowsOnAPartOfTheLoadThatIsAlreadyMore) {
  World world(Steady(70));
  world.RunTo(kStart + minutes(30));
  world.script.coverage = Ratio(0.5);
  world.script.qps = [](TimePoint at) {
    return std::optional(at < kStart + minutes(30) ? 70.0 : 140.0);
  };
  world.RunTo(kStart + minutes(32));
  EXPECT_GE(world.replicas, Replicas(20));
}

TEST(WorkloadLoop, GrowsOnAPartOfTheLoadAfterPartsThatSaidNothing) {
  World world(Steady(70));
  world.RunTo(kStart + minutes(30));
  world.script.coverage = Ratio(0.5);
  world.script.qps = [](TimePoint at) {
    if (at < kStart + minutes(30)) return std::optional(70.0);
    return std::optional(at < kStart + minutes(60) ? 35.0 : 140.0);
  };
  world.RunTo(kStart + minutes(62));
  EXPECT_GE(world.replicas, Replicas(20));
}

TEST(WorkloadLoop, DoesNotTakeAWindowForWholeBeforeItsRequestsCanHaveEnded) {
  World world(Steady(70));
  world.RunTo(kStart + minutes(30));
  world.lowest_change = Replicas(0);
  world.script.settling = minutes(2);
  // A hang: nothing ends any more, and the windows fill up only later.
  world.script.qps = [&](TimePoint at) {
    return std::optional(at + minutes(3) <= world.now ? 70.0 : 1.0);
  };
  world.RunTo(kStart + minutes(45));
  EXPECT_EQ(world.lowest_change, Replicas(0));
}

TEST(WorkloadLoop, SeesAHangInWhatIsHeldAtOnce) {
  ScalingProfileFields fields = Checkout().fields();
  fields.load.per_replica->slots = BusySlots(4);
  ScriptedMetricSource::Script script{.qps = Steady(7)};
  WorkloadLoop loop =
      WorkloadLoop::Make(ScalingProfile::Make(fields).value(),
                         std::make_unique<ScriptedMetricSource>(script, minutes(1)), {})
          .value();
  script.in_flight = BusySlots(56);  // 56 / (4 * 0.7) = 20
  const auto status = loop.Step(kStart + minutes(1), Replicas(2));
  EXPECT_EQ(status.decision->desired, Replicas(20));
}

// Of 1000 that a replica may use 200 are used without load, so that 500 are planned for requests;
// these hold so much at a load of 70, all together.
struct MemoryWorld {
  explicit MemoryWorld(std::function<double(double load, double replicas)> highest)
      : highest_of(std::move(highest)),
        loop(WorkloadLoop::Make(Profile(),
                                std::make_unique<ScriptedMetricSource>(script, minutes(1)),
                                {.history = hours(48)})
                 .value()) {
    loop.WatchMemory(std::make_unique<ScriptedUsage>(usage));
  }

  static ScalingProfile Profile() {
    ScalingProfileFields fields = Checkout().fields();
    fields.load.source.kind = "prometheus";
    fields.load.source.prometheus.emplace().preset = "istio";
    fields.load.per_replica->memory = ReplicaMemory{Bytes(1000), Bytes(200)};
    return ScalingProfile::Make(fields).value();
  }

  WorkloadStatus RunFor(int steps, double load) {
    WorkloadStatus status;
    script.qps = Steady(load);
    for (int i = 0; i < steps; ++i) {
      now += minutes(1);
      const auto there = static_cast<double>(replicas.value());
      const UsageWindow window{.from = now - minutes(5),
                               .to = now,
                               .replicas = replicas,
                               .cpu = CpuCores(1),
                               .cpu_highest = CpuCores(1),
                               .memory_highest = Bytes(std::llround(highest_of(load, there)))};
      usage.usage.containers = {{"app", {window}}};
      status = loop.Step(now + seconds(5), replicas);
      replicas = status.decision->desired;
    }
    return status;
  }

  std::function<double(double, double)> highest_of;
  ScriptedMetricSource::Script script;
  ScriptedUsage::Script usage;
  WorkloadLoop loop;
  TimePoint now = kStart;
  Replicas replicas{10};
};

TEST(WorkloadLoop, FollowsTheMemoryThatRequestsHold) {
  // Ten, which a load of 70 needs, hold 700 each above idle: 14 are filled as planned.
  MemoryWorld world([](double load, double replicas) { return 200 + 100 * load / replicas; });
  const WorkloadStatus status = world.RunFor(1, 70);
  EXPECT_EQ(world.replicas, Replicas(14));
  EXPECT_THAT(status.decision->reasons.back().why,
              HasSubstr("the fullest of 10 replicas uses 900"));
  world.RunFor(30, 70);
  EXPECT_EQ(world.replicas, Replicas(14));
  world.RunFor(90, 35);
  EXPECT_EQ(world.replicas, Replicas(7));
}

TEST(WorkloadLoop, DoesNotFollowMemoryThatEachReplicaFillsAnew) {
  MemoryWorld world([](double, double) { return 900; });
  const WorkloadStatus status = world.RunFor(120, 70);
  EXPECT_EQ(world.replicas, Replicas(14));
  EXPECT_THAT(status.decision->reasons.back().why, HasSubstr("more do not help"));
}

TEST(WorkloadLoop, HoldsWhereTheMemoryOfItsReplicasIsNotTold) {
  MemoryWorld world([](double, double) { return 300; });
  world.RunFor(5, 70);
  EXPECT_EQ(world.replicas, Replicas(10));
  world.usage.failure = Error{ErrorCode::kUnavailable, "no answer"};
  const WorkloadStatus status = world.RunFor(30, 35);
  EXPECT_EQ(world.replicas, Replicas(10));
  ASSERT_FALSE(status.problems.empty());
  EXPECT_THAT(status.problems.front().message, HasSubstr("memory: no answer"));
  world.usage.failure.reset();
  world.RunFor(5, 35);
  EXPECT_EQ(world.replicas, Replicas(5));
}

TEST(WorkloadLoop, WaitsAnHourForDemandThatWentAtOnceAndShrinksThen) {
  World world(Steady(70));
  world.RunTo(kStart + minutes(30));
  world.script.qps = Steady(0);
  WorkloadStatus status = world.RunTo(kStart + minutes(89));
  EXPECT_EQ(world.replicas, Replicas(10));
  EXPECT_EQ(status.evidence.kind, EvidenceKind::kUpstreamOutage);
  EXPECT_THAT(status.decision->reasons.back().why, HasSubstr("to nothing at once"));
  // The window of two minutes, and ten until the forecast knows.
  status = world.RunTo(kStart + minutes(105));
  EXPECT_EQ(world.replicas, Replicas(1));
  EXPECT_EQ(status.evidence.kind, EvidenceKind::kIdle);
}

TEST(WorkloadLoop, HasWhatItHadWhenDemandReturnsAndForeseesNoOutageTomorrow) {
  World world([](TimePoint at) {
    const bool is_out = at >= kStart + minutes(30) && at < kStart + minutes(75);
    return std::optional(is_out ? 0.0 : 70.0);
  });
  world.RunTo(kStart + minutes(30));
  world.lowest_change = Replicas(0);
  const WorkloadStatus status = world.RunTo(kStart + minutes(80));
  EXPECT_EQ(world.lowest_change, Replicas(0));
  EXPECT_EQ(world.replicas, Replicas(10));
  EXPECT_NEAR(status.forecast->value(), 70, 1);
}

TEST(WorkloadLoop, HoldsThroughAHangAndIsRightAgainAfterIt) {
  World world(Steady(70));
  world.script.in_flight = BusySlots(7);
  world.RunTo(kStart + minutes(30));
  world.lowest_change = Replicas(0);
  world.script.qps = [](TimePoint at) {
    return std::optional(at < kStart + minutes(30) ? 70.0 : 0.0);
  };
  world.script.in_flight = BusySlots(4200);
  WorkloadStatus status = world.RunTo(kStart + hours(4));
  EXPECT_EQ(status.evidence.kind, EvidenceKind::kHung);
  EXPECT_EQ(world.lowest_change, Replicas(0));
  world.script.in_flight = BusySlots(7);
  world.script.qps = [](TimePoint at) {
    return std::optional(at < kStart + minutes(30) || at >= kStart + hours(4) ? 70.0 : 0.0);
  };
  status = world.RunTo(kStart + hours(4) + minutes(12));
  EXPECT_EQ(status.evidence.kind, EvidenceKind::kFresh);
  EXPECT_EQ(world.replicas, Replicas(10));
}

TEST(WorkloadLoop, JudgesAnewWhenTheClockIsSetBack) {
  World world(Steady(70));
  world.RunTo(kStart + minutes(30));
  world.now = kStart - hours(3);
  world.lowest_change = Replicas(0);
  world.RunTo(kStart - hours(2));
  EXPECT_EQ(world.lowest_change, Replicas(0));
  EXPECT_EQ(world.replicas, Replicas(10));
}

TEST(WorkloadLoop, MeasuresWithoutACountAndDecidesNothing) {
  World world(Steady(70));
  const WorkloadStatus status = world.loop.Step(kStart + minutes(1), std::nullopt);
  EXPECT_TRUE(status.latest);
  EXPECT_FALSE(status.decision);
}

TEST(WorkloadLoop, RemembersAPastThatItsSourceNoLongerHas) {
  World world(
      [](TimePoint at) { return at < kStart ? std::optional<double>() : std::optional(70.0); });
  world.loop.Remember(
      LoadSeries::Make(kStart - minutes(3), minutes(1), {70, 70, 70}, "occupancy-100ms").value());
  const WorkloadStatus status = world.RunTo(kStart + minutes(1));
  EXPECT_NEAR(status.forecast->value(), 70, 1);
}

}  // namespace
}  // namespace loadcurve
