#include "scaler/rollout.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/checkout_fields.h"

namespace loadcurve {
namespace {

using enum RolloutStage;
using std::chrono::hours;
using std::chrono::minutes;
using testing::HasSubstr;

const TimePoint kStart(hours(500'000));

// A replica carries 10, planned at 0.7 of that; a new one takes a minute.
ScalingProfile Profile(std::optional<RolloutStage> stage) {
  ScalingProfileFields fields = CheckoutFields();
  fields.rollout = {stage, hours(1)};
  return ScalingProfile::Make(fields).value();
}

struct World {
  explicit World(std::optional<RolloutStage> stage = std::nullopt) : rollout(Profile(stage)) {}

  // Minutes with that load, and decisions made for the forecast.
  void Run(int count, double load, double forecast, std::int64_t decided) {
    for (int i = 0; i < count; ++i) {
      WorkloadStatus status;
      status.at = now + minutes(1) + std::chrono::seconds(5);
      status.step = minutes(1);
      status.latest = LoadSample{.window_start = now, .load = MetricsQps(load)};
      status.evidence.kind = evidence;
      status.forecast = MetricsQps(forecast);
      status.per_replica = MetricsQps(7);
      status.decision = ReplicaDecision{.current = Replicas(decided), .desired = Replicas(decided)};
      rollout.Judge(status);
      now += minutes(1);
    }
  }

  Rollout rollout;
  TimePoint now = kStart;
  EvidenceKind evidence = EvidenceKind::kFresh;
};

ReplicaDecision Wants(std::int64_t count) {
  return {.current = Replicas(10),
          .desired = Replicas(count),
          .reasons = {{DecisionStage::kTarget, Replicas(10), Replicas(count), "a forecast"}}};
}

TEST(Rollout, IsPromotedAStageAWindowWhileForecastsHold) {
  World world;
  EXPECT_EQ(world.rollout.state().stage, kObserve);
  world.Run(59, 70, 77, 11);
  EXPECT_EQ(world.rollout.state().stage, kObserve);
  world.Run(2, 70, 77, 11);
  EXPECT_EQ(world.rollout.state().stage, kRecommend);
  const RolloutChange change = *world.rollout.state().last;
  EXPECT_EQ(change.from, kObserve);
  EXPECT_EQ(change.to, kRecommend);
  EXPECT_THAT(change.why, HasSubstr("100 % of 59 windows"));
  EXPECT_THAT(change.why,
              HasSubstr("649 replicas were decided where 590 were needed (regret 0.1)"));
  world.Run(61, 70, 77, 11);
  EXPECT_EQ(world.rollout.state().stage, kUpOnly);
  world.Run(61, 70, 77, 11);
  EXPECT_EQ(world.rollout.state().stage, kFull);
}

TEST(Rollout, StaysWhereForecastsDoNotCoverOrBuyTooMuch) {
  World low;
  low.Run(200, 70, 69, 11);  // none covered
  EXPECT_EQ(low.rollout.state().stage, kObserve);
  World dear;
  dear.Run(200, 70, 150, 21);  // 21 / 10 - 1 = 1.1
  EXPECT_EQ(dear.rollout.state().stage, kObserve);
}

TEST(Rollout, IsDemotedAtOnceByViolationsAndByAWindowWithoutCoverage) {
  World world;
  world.Run(190, 70, 77, 11);
  ASSERT_EQ(world.rollout.state().stage, kFull);
  world.Run(3, 120, 140, 11);  // 11 carry 110; a window may have 3
  EXPECT_EQ(world.rollout.state().stage, kFull);
  world.Run(1, 120, 140, 11);
  EXPECT_EQ(world.rollout.state().stage, kUpOnly);
  EXPECT_THAT(world.rollout.state().last->why, HasSubstr("4 had more load"));

  World blind;
  blind.Run(190, 70, 77, 11);
  blind.Run(125, 78, 77, 12);
  EXPECT_EQ(blind.rollout.state().stage, kUpOnly) << "no further down: in doubt hold or grow";
}

TEST(Rollout, StopsBuyingWhereFourTimesTheNeedIsDecided) {
  World world;
  world.Run(190, 70, 77, 11);
  world.Run(61, 70, 300, 43);
  world.Run(61, 70, 300, 43);
  EXPECT_EQ(world.rollout.state().stage, kRecommend);
}

TEST(Rollout, DoesNotJudgeByDoubtfulEvidence) {
  World world;
  world.evidence = EvidenceKind::kHung;
  world.Run(200, 0, 77, 11);
  EXPECT_EQ(world.rollout.state().stage, kObserve);
  EXPECT_EQ(world.rollout.state().windows, 0);
}

TEST(Rollout, HoldsTheCountUntilItMayGrowAndLetsItShrinkAtLast) {
  for (const auto stage : {kObserve, kRecommend}) {
    World world(stage);
    const auto held = world.rollout.Apply(Wants(20), Replicas(12));
    EXPECT_EQ(held.desired, Replicas(12));
    EXPECT_EQ(held.reasons.back().stage, DecisionStage::kRollout);
    EXPECT_EQ(held.reasons.back().before, Replicas(20));
  }
  World up(kUpOnly);
  EXPECT_EQ(up.rollout.Apply(Wants(20), Replicas(12)).desired, Replicas(20));
  const auto kept = up.rollout.Apply(Wants(5), Replicas(12));
  EXPECT_EQ(kept.desired, Replicas(20)) << "what was asked for may not be there yet";
  EXPECT_THAT(kept.reasons.back().why, HasSubstr("UpOnly: nothing shrinks"));
  World full(kFull);
  EXPECT_EQ(full.rollout.Apply(Wants(5), Replicas(12)).desired, Replicas(5));
}

TEST(Rollout, GoesOnWhereAnotherProcessLeftOffUnlessAPersonSetTheStage) {
  RolloutState state{.stage = kUpOnly, .since = kStart, .windows = 7, .covered = 6};
  World world;
  world.rollout.Resume(state);
  EXPECT_EQ(world.rollout.state(), state);
  World held(kRecommend);
  held.rollout.Resume(state);
  EXPECT_EQ(held.rollout.state().stage, kRecommend);
  held.Run(300, 70, 77, 11);
  EXPECT_EQ(held.rollout.state().stage, kRecommend);
  EXPECT_EQ(held.rollout.state().recommended, Replicas(11));
}

}  // namespace
}  // namespace loadcurve
