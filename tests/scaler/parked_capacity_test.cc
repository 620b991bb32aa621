#include "scaler/parked_capacity.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>

#include "scaler/replica_decider.h"
#include "scaler/workload_loop.h"
#include "tests/support/checkout_fields.h"
#include "tests/support/scripted_metric_source.h"

namespace loadcurve {
namespace {

using std::chrono::days;
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;
using testing::HasSubstr;

const TimePoint kStart(hours(500'000));

TEST(ParkedCapacity, RemembersTheHighestCountOfTheWindow) {
  ParkedCapacity parked(days(7));
  parked.NoteCount(kStart, Replicas(10));
  parked.NoteCount(kStart + days(1), Replicas(8));
  parked.NoteCount(kStart + days(2), Replicas(6));
  EXPECT_EQ(parked.state(kStart + days(2)).replicas, Replicas(10));
  EXPECT_EQ(parked.state(kStart + days(2)).until, kStart + days(7));
  parked.NoteCount(kStart + days(7) + seconds(1), Replicas(6));
  EXPECT_EQ(parked.state(kStart + days(7)).replicas, Replicas(8)) << "ten are given up for good";
  EXPECT_FALSE(parked.Floor(kStart + days(7))) << "nothing happened";
}

TEST(ParkedCapacity, ReturnsAtAnAnomalyAndStaysForAWeekWithoutOne) {
  ParkedCapacity parked(days(7));
  parked.NoteCount(kStart, Replicas(10));
  parked.NoteCount(kStart + days(1), Replicas(6));
  parked.NoteAnomaly(kStart + days(2), Replicas(6), "12 % of the requests failed");
  EXPECT_EQ(parked.Floor(kStart + days(2)), Replicas(10));
  EXPECT_THAT(parked.Why(), HasSubstr("12 % of the requests failed"));
  parked.NoteAnomaly(kStart + days(4), Replicas(10), "again");
  EXPECT_EQ(parked.Floor(kStart + days(11) - seconds(1)), Replicas(10));
  EXPECT_FALSE(parked.Floor(kStart + days(11)));
}

TEST(ParkedCapacity, GoesOnInAnotherProcess) {
  ParkedCapacity before(days(7));
  before.NoteCount(kStart, Replicas(10));
  before.NoteCount(kStart + days(1), Replicas(6));
  ParkedCapacity after(days(7));
  after.Resume(before.state(kStart + days(1)));
  after.NoteCount(kStart + days(2), Replicas(6));
  after.NoteAnomaly(kStart + days(2), Replicas(6), "errors");
  EXPECT_EQ(after.Floor(kStart + days(2)), Replicas(10));
  ParkedCapacity third(days(7));
  third.Resume(after.state(kStart + days(3)));
  EXPECT_EQ(third.Floor(kStart + days(8)), Replicas(10));
}

// One replica carries 10 at its limit, and 7 as it is planned.
ScalingProfile Watched(Duration observation) {
  ScalingProfileFields fields = CheckoutFields();
  fields.behavior.observation = observation;
  return ScalingProfile::Make(fields).value();
}

// A count that is there as soon as it is decided.
struct World {
  explicit World(Duration observation) : profile(Watched(observation)) {
    script.qps = [this](TimePoint) { return std::optional(qps); };
    Begin();
  }

  // Another process, which knows what the status kept.
  void Begin() {
    loop.emplace(WorkloadLoop::Make(profile,
                                    std::make_unique<ScriptedMetricSource>(script, minutes(1)),
                                    {.history = hours(24)})
                     .value());
    if (status.parked) loop->Resume(*status.parked);
  }

  void RunFor(Duration span) {
    for (const TimePoint end = now + span; now < end; now += seconds(15)) {
      loop->Expect(ScaleObservation{.current = count, .ready = count});
      status = loop->Step(now, count);
      if (status.decision) count = status.decision->desired;
    }
  }

  bool IsReturned() const {
    for (const DecisionReason& reason : status.decision->reasons)
      if (reason.stage == DecisionStage::kParked) return true;
    return false;
  }

  ScalingProfile profile;
  ScriptedMetricSource::Script script;
  double qps = 70;
  std::optional<WorkloadLoop> loop;
  TimePoint now = kStart;
  Replicas count{10};
  WorkloadStatus status;
};

TEST(ParkedCapacity, ReturnsInOneDecisionWhereTheLoadRisesAndIsGivenUpAgainAfterTheWindow) {
  World world(hours(2));
  world.RunFor(minutes(20));
  ASSERT_EQ(world.count, Replicas(10));
  world.qps = 42;
  world.RunFor(minutes(30));
  ASSERT_EQ(world.count, Replicas(6)) << "scale-in is not held by itself";
  EXPECT_EQ(world.status.parked->replicas, Replicas(10));

  // 48 need 7; more than 42 x 1.1 = 46.2 is an anomaly.
  world.qps = 48;
  world.RunFor(seconds(75));
  EXPECT_EQ(world.count, Replicas(10)) << "what was given up returns at once";
  EXPECT_TRUE(world.IsReturned());
  EXPECT_THAT(world.status.decision->reasons.back().why, HasSubstr("the load was 48, and 6"));

  world.qps = 42;
  world.RunFor(hours(2) - minutes(5));
  EXPECT_EQ(world.count, Replicas(10)) << "for two hours nothing shrinks";
  world.RunFor(minutes(15));
  EXPECT_EQ(world.count, Replicas(6));
  EXPECT_FALSE(world.status.parked->floor);
}

TEST(ParkedCapacity, ReturnsAfterARestart) {
  World world(hours(2));
  world.RunFor(minutes(20));
  world.qps = 42;
  world.RunFor(minutes(30));
  ASSERT_EQ(world.count, Replicas(6));
  world.Begin();
  world.RunFor(minutes(5));
  world.qps = 48;
  world.RunFor(seconds(75));
  EXPECT_EQ(world.count, Replicas(10));
}

TEST(ParkedCapacity, IsGivenUpForGoodAfterAWindowWithoutAnomaly) {
  World world(hours(2));
  world.RunFor(minutes(20));
  world.qps = 42;
  world.RunFor(hours(3));
  EXPECT_EQ(world.status.parked->replicas, Replicas(6));
  world.qps = 48;
  world.RunFor(seconds(75));
  EXPECT_EQ(world.count, Replicas(7)) << "as much as is needed";
}

TEST(ParkedCapacity, FollowsDecisionsAloneWhereNothingIsWatched) {
  World world(Duration(0));
  world.RunFor(minutes(20));
  world.qps = 42;
  world.RunFor(minutes(30));
  EXPECT_FALSE(world.status.parked);
  world.qps = 48;
  world.RunFor(seconds(75));
  EXPECT_EQ(world.count, Replicas(7));
}

TEST(ParkedCapacity, ReturnsWhereErrorsRiseAndNotForWhatSourcesDo) {
  const ScalingProfile profile = Watched(hours(2));
  const auto series = LoadSeries::Make(kStart, minutes(1), std::vector<double>(10, 42.0),
                                       profile.fields().load.Scale())
                          .value();
  const auto desired = [&](EvidenceKind kind) {
    ReplicaDecider decider(profile.fields(), minutes(1));
    Replicas last;
    for (const std::int64_t count : {10, 6}) {
      DecisionInputs inputs{.current = Replicas(count), .now = series.end(), .measured = &series};
      inputs.evidence = Evidence{.kind = count == 6 ? kind : EvidenceKind::kFresh, .why = "seen"};
      last = decider.Decide(inputs, profile).value().desired;
    }
    return last;
  };
  for (const auto kind : {EvidenceKind::kHung, EvidenceKind::kRefused, EvidenceKind::kRetryStorm,
                          EvidenceKind::kFailing, EvidenceKind::kCensored})
    EXPECT_EQ(desired(kind), Replicas(10)) << Name(kind);
  for (const auto kind : {EvidenceKind::kFresh, EvidenceKind::kStale, EvidenceKind::kPartial,
                          EvidenceKind::kUpstreamOutage})
    EXPECT_EQ(desired(kind), Replicas(6)) << Name(kind);
}

}  // namespace
}  // namespace loadcurve
