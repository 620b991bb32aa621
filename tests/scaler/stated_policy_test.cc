// What people state for a time or for their money, in single decisions.

#include "scaler/stated_policy.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "scaler/replica_decision.h"
#include "tests/support/time_zones.h"

namespace loadcurve {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using testing::ElementsAre;
using testing::HasSubstr;

const TimePoint kSeven = At("2026-11-27T07:00:00Z");

// One replica carries 50 and is planned for 35; a new one takes a minute, and a step is one.
ScalingProfileFields Checkout() {
  ScalingProfileFields fields{.load = {.weights = RequestWeights::Cudgx()}};
  fields.metadata.name = "checkout";
  ReplicaCapacity capacity;
  capacity.load = capacity.low = capacity.high = MetricsQps(50);
  capacity.weights_version = "cudgx";
  fields.load.per_replica = capacity;
  fields.bounds = {Replicas(1), Replicas(100)};
  fields.behavior.scale_down_window = Duration(0);
  return fields;
}

PolicyWindow FromSeven(std::string name, Duration duration = hours(1)) {
  return {.name = std::move(name), .once = {kSeven, kSeven + duration}};
}

Schedule Floor(std::string name, int replicas) {
  return {FromSeven(std::move(name)), Replicas(replicas), std::nullopt};
}

Schedule Ceiling(std::string name, int replicas) {
  return {FromSeven(std::move(name)), std::nullopt, Replicas(replicas)};
}

// The minutes up to `now` had these loads; `current` replicas are there.
ReplicaDecision Decided(const ScalingProfileFields& fields, TimePoint now, int current,
                        std::vector<double> loads, std::optional<double> forecast = {}) {
  const auto steps = static_cast<std::int64_t>(loads.size());
  const LoadSeries measured =
      LoadSeries::Make(now - minutes(1) * steps, minutes(1), std::move(loads), "cudgx").value();
  std::optional<Forecast> path;
  if (forecast)
    path = Forecast::Make({now, minutes(1), {0.95}, std::vector<double>(10, *forecast), "cudgx"})
               .value();
  DecisionInputs inputs{.current = Replicas(current), .now = now, .measured = &measured};
  if (path) inputs.forecast = &*path;
  const auto decision = Decide(inputs, ScalingProfile::Make(fields).value());
  EXPECT_TRUE(decision) << decision.error().message;
  std::int64_t at = current;
  for (const DecisionReason& reason : decision->reasons) {
    EXPECT_EQ(reason.before.value(), at);
    at = reason.after.value();
  }
  EXPECT_EQ(at, decision->desired.value());
  return *decision;
}

std::vector<std::string> StagesOf(const ReplicaDecision& decision) {
  std::vector<std::string> stages;
  for (const DecisionReason& reason : decision.reasons) stages.emplace_back(Name(reason.stage));
  return stages;
}

TEST(ScheduledFloor, IsOrderedSoEarlyThatItsReplicasAreReadyAtTheStart) {
  ScalingProfileFields fields = Checkout();
  fields.startup = minutes(5);
  fields.schedules = {Floor("black-friday", 20)};
  // A start-up of 5 minutes, and a step of one, since the next order comes only then.
  EXPECT_EQ(Decided(fields, kSeven - minutes(7), 2, {60}).desired, Replicas(2));
  const auto early = Decided(fields, kSeven - minutes(6), 2, {60});
  EXPECT_EQ(early.desired, Replicas(20));
  EXPECT_THAT(StagesOf(early), ElementsAre("target", "schedule"));
  EXPECT_EQ(
      early.reasons.back().why,
      "the schedule 'black-friday' asks for at least 20 replicas from 2026-11-27T07:00:00Z to "
      "2026-11-27T08:00:00Z, and what is ordered later is not ready then");
  EXPECT_EQ(early.need, Replicas(2));  // which the scale-down window remembers
}

TEST(ScheduledFloor, HoldsUpToTheEndOfItsWindow) {
  ScalingProfileFields fields = Checkout();
  fields.schedules = {Floor("black-friday", 20)};
  EXPECT_EQ(Decided(fields, kSeven + minutes(59), 20, {60}).desired, Replicas(20));
  EXPECT_EQ(Decided(fields, kSeven + minutes(60), 20, {60}).desired, Replicas(2));
  // More load than the floor is served.
  EXPECT_EQ(Decided(fields, kSeven, 20, {1400}).desired, Replicas(40));
}

TEST(ScheduledFloor, IsTheHighestOfThoseThatOverlap) {
  ScalingProfileFields fields = Checkout();
  fields.schedules = {Floor("weekday", 10), Floor("black-friday", 20), Floor("release", 15)};
  const auto decision = Decided(fields, kSeven, 2, {60});
  EXPECT_EQ(decision.desired, Replicas(20));
  EXPECT_THAT(decision.reasons.back().why, HasSubstr("'black-friday'"));
}

TEST(ScheduledFloor, HoldsWhereNothingIsMeasured) {
  ScalingProfileFields fields = Checkout();
  fields.schedules = {Floor("black-friday", 20)};
  const auto decision =
      Decide({.current = Replicas(3), .now = kSeven}, ScalingProfile::Make(fields).value());
  EXPECT_EQ(decision->desired, Replicas(20));
}

TEST(ScheduledFloor, IsClimbedToInTimeByDecisionsOfALimitedStep) {
  ScalingProfileFields fields = Checkout();
  fields.schedules = {Floor("black-friday", 20)};
  fields.behavior.scale_up.max_step = Replicas(5);
  // All of it must be ordered two minutes before seven: 5, 10, 15, 20 in the minutes up to then.
  Replicas current(2);
  std::vector<std::int64_t> path;
  for (int before = 7; before >= 1; --before) {
    const auto decision =
        Decided(fields, kSeven - minutes(before), static_cast<int>(current.value()), {60});
    current = decision.desired;
    path.push_back(current.value());
  }
  EXPECT_THAT(path, ElementsAre(2, 2, 5, 10, 15, 20, 20));
  const auto decision = Decided(fields, kSeven - minutes(4), 5, {60});
  EXPECT_THAT(decision.reasons.back().why, HasSubstr("which steps from 10 now reach in time"));
  // Decisions in between take nothing back.
  EXPECT_EQ(Decided(fields, kSeven - minutes(4) + std::chrono::seconds(30), 10, {60}).desired,
            Replicas(10));
}

TEST(ScheduledFloor, IsClimbedToByShares) {
  ScalingProfileFields fields = Checkout();
  fields.schedules = {Floor("black-friday", 20)};
  fields.behavior.scale_up.max_share = Ratio(1);  // doubling: 2, 3, 5, 10, 20
  EXPECT_EQ(Decided(fields, kSeven - minutes(3), 5, {60}).desired, Replicas(10));
  EXPECT_EQ(Decided(fields, kSeven - minutes(2), 10, {60}).desired, Replicas(20));
}

TEST(ScheduledCeiling, LimitsWhatIsWanted) {
  ScalingProfileFields fields = Checkout();
  fields.schedules = {Ceiling("night", 5)};
  EXPECT_EQ(Decided(fields, kSeven - minutes(1), 2, {350}).desired, Replicas(10));
  const auto decision = Decided(fields, kSeven, 2, {350});
  EXPECT_EQ(decision.desired, Replicas(5));
  EXPECT_EQ(decision.reasons.back().why,
            "the schedule 'night' allows at most 5 replicas from 2026-11-27T07:00:00Z to "
            "2026-11-27T08:00:00Z");
}

TEST(ScheduledCeiling, IsTheHighestOfThoseThatOverlapAndGivesWayToAFloor) {
  ScalingProfileFields fields = Checkout();
  fields.schedules = {Ceiling("night", 5), Ceiling("backup", 7)};
  EXPECT_EQ(Decided(fields, kSeven, 2, {350}).desired, Replicas(7));
  fields.schedules.push_back(Floor("sale", 9));
  const auto decision = Decided(fields, kSeven, 2, {350});
  EXPECT_EQ(decision.desired, Replicas(9));
  EXPECT_THAT(decision.reasons.back().why, HasSubstr("'sale' asks for at least 9"));
  EXPECT_THAT(decision.reasons.back().why, HasSubstr("goes before the ceiling of 'backup'"));
}

TEST(ScheduledCeiling, IsReachedStepByStepAndNotOnDoubt) {
  ScalingProfileFields fields = Checkout();
  fields.schedules = {Ceiling("night", 5)};
  fields.behavior.scale_down.max_step = Replicas(2);
  fields.behavior.scale_down_window = minutes(5);  // in which ten were needed all the time
  EXPECT_EQ(Decided(fields, kSeven, 10, {350, 350, 350}).desired, Replicas(8));
  const auto blind =
      Decide({.current = Replicas(10), .now = kSeven}, ScalingProfile::Make(fields).value());
  EXPECT_EQ(blind->desired, Replicas(10));
  EXPECT_EQ(blind->reasons.back().stage, DecisionStage::kSafetyGuard);
}

TEST(Freezing, OfShrinkingLetsTheCountGrow) {
  ScalingProfileFields fields = Checkout();
  fields.freezes = {{FromSeven("audit"), FreezeKind::kShrink}};
  EXPECT_EQ(Decided(fields, kSeven - minutes(1), 20, {60}).desired, Replicas(2));
  const auto held = Decided(fields, kSeven, 20, {60});
  EXPECT_EQ(held.desired, Replicas(20));
  EXPECT_THAT(StagesOf(held), ElementsAre("target", "freeze"));
  EXPECT_EQ(held.reasons.back().why,
            "the freeze 'audit' from 2026-11-27T07:00:00Z to 2026-11-27T08:00:00Z lets nothing "
            "shrink");
  EXPECT_EQ(Decided(fields, kSeven, 4, {60}, 350).desired, Replicas(10));
}

TEST(Freezing, OfAllFollowsNoForecastAndServesWhatIsMeasured) {
  ScalingProfileFields fields = Checkout();
  fields.freezes = {{FromSeven("change-freeze"), FreezeKind::kAll}};
  const auto held = Decided(fields, kSeven, 4, {60}, 350);
  EXPECT_EQ(held.desired, Replicas(4));
  EXPECT_THAT(held.reasons.back().why, HasSubstr("the freeze 'change-freeze'"));
  EXPECT_EQ(Decided(fields, kSeven, 20, {60}).desired, Replicas(20));
  // 210 needs 6, the forecast 10.
  EXPECT_EQ(Decided(fields, kSeven, 4, {210}, 350).desired, Replicas(6));
  fields.schedules = {Floor("sale", 8)};
  EXPECT_EQ(Decided(fields, kSeven, 4, {210}, 350).desired, Replicas(8));
}

TEST(Freezing, OfAllGoesBeforeOneOfShrinkingAndNeitherBeforeTheBounds) {
  ScalingProfileFields fields = Checkout();
  fields.freezes = {{FromSeven("audit"), FreezeKind::kShrink},
                    {FromSeven("change-freeze"), FreezeKind::kAll}};
  EXPECT_EQ(Decided(fields, kSeven, 4, {60}, 350).desired, Replicas(4));
  EXPECT_EQ(Decided(fields, kSeven, 120, {60}).desired, Replicas(100));
  EXPECT_EQ(Decided(fields, kSeven, 0, {0}).desired, Replicas(1));
}

SpendingCap Hourly(double amount, bool is_hard = false) {
  return {.replica_hour = 0.04, .per_hour = amount, .is_hard = is_hard};
}

TEST(PaidFor, IsTheTighterOfBothAmountsRoundedDown) {
  EXPECT_EQ(PaidFor(Hourly(12)), Replicas(300));  // 12 / 0.04, which is 299.99... in doubles
  EXPECT_EQ(PaidFor(Hourly(0.39)), Replicas(9));
  SpendingCap cap{.replica_hour = 0.04, .per_month = 744};
  EXPECT_EQ(PaidFor(cap), Replicas(25));  // 1 an hour in a month of 744 hours
  EXPECT_EQ(AmountWords(cap), "744 a month");
  cap.per_hour = 0.8;
  EXPECT_EQ(PaidFor(cap), Replicas(20));
  EXPECT_EQ(AmountWords(cap), "0.8 an hour");
}

TEST(Budget, LimitsWhatIsBoughtOnAForecast) {
  ScalingProfileFields fields = Checkout();
  fields.budget = Hourly(0.28);  // 7
  const auto decision = Decided(fields, kSeven, 4, {60}, 350);
  EXPECT_EQ(decision.desired, Replicas(7));
  EXPECT_THAT(StagesOf(decision), ElementsAre("target", "budget"));
  EXPECT_EQ(decision.reasons.back().why,
            "the budget of 0.28 an hour pays for 7 replicas at 0.04 an hour; 3 more were wanted");
  EXPECT_DOUBLE_EQ(*decision.basis.cost_per_hour, 0.28);
  EXPECT_THAT(StagesOf(Decided(fields, kSeven, 4, {60}, 245)), ElementsAre("target"));
}

TEST(Budget, StillServesTheLoadThatIsMeasured) {
  ScalingProfileFields fields = Checkout();
  fields.budget = Hourly(0.28);
  const auto decision = Decided(fields, kSeven, 4, {300}, 350);
  EXPECT_EQ(decision.desired, Replicas(9));  // 300 / 35 = 8.6
  EXPECT_EQ(decision.reasons.back().why,
            "the budget of 0.28 an hour pays for 7 replicas at 0.04 an hour, and the load measured "
            "now needs 9, which goes before it; 1 more was wanted");
  fields.budget->is_hard = true;
  EXPECT_EQ(Decided(fields, kSeven, 4, {300}, 350).desired, Replicas(7));
}

TEST(Budget, GivesWayToAScheduleThatAPersonStated) {
  ScalingProfileFields fields = Checkout();
  fields.budget = Hourly(0.28);
  fields.schedules = {Floor("sale", 12)};
  const auto decision = Decided(fields, kSeven, 4, {60}, 350);
  EXPECT_EQ(decision.desired, Replicas(12));
  EXPECT_THAT(decision.reasons.back().why, HasSubstr("a schedule needs 12, which goes before it"));
}

TEST(Budget, IsNotHeldOffByPastNeedsThatItDidNotPayFor) {
  ScalingProfileFields fields = Checkout();
  fields.budget = Hourly(0.28);
  fields.behavior.scale_down_window = minutes(5);
  const LoadSeries measured =
      LoadSeries::Make(kSeven - minutes(2), minutes(1), {280, 60}, "cudgx").value();
  DecisionInputs inputs{.current = Replicas(20), .now = kSeven, .measured = &measured};
  inputs.past_needs = {{kSeven - minutes(1), Replicas(30)}};
  // 30 were needed by a forecast, 8 by what was measured within the window.
  EXPECT_EQ(Decide(inputs, ScalingProfile::Make(fields).value())->desired, Replicas(8));
  fields.budget->is_hard = true;
  EXPECT_EQ(Decide(inputs, ScalingProfile::Make(fields).value())->desired, Replicas(7));
}

TEST(StatedPolicy, NeverGivesFewerReplicasForMoreLoad) {
  for (const bool is_hard : {false, true}) {
    for (const FreezeKind kind : {FreezeKind::kShrink, FreezeKind::kAll}) {
      for (int current : {1, 8, 30}) {
        ScalingProfileFields fields = Checkout();
        fields.budget = Hourly(0.6, is_hard);
        fields.schedules = {Floor("sale", 6), Ceiling("night", 12)};
        if (current != 8) fields.freezes = {{FromSeven("freeze"), kind}};
        Replicas before(0);
        for (double load = 0; load < 1000; load += 20) {
          const Replicas now = Decided(fields, kSeven, current, {load}, load * 1.3).desired;
          EXPECT_GE(now, before) << load << " on " << current;
          before = now;
        }
      }
    }
  }
}

std::string FaultOf(const ScalingProfileFields& fields) {
  const auto profile = ScalingProfile::Make(fields);
  return profile ? "" : profile.error().message;
}

TEST(ScalingProfile, RefusesPoliciesThatCannotBeMeant) {
  ScalingProfileFields fields = Checkout();
  const auto with = [&](Schedule schedule) {
    ScalingProfileFields changed = fields;
    changed.schedules = {std::move(schedule)};
    return FaultOf(changed);
  };
  EXPECT_EQ(with(Floor("a", 101)),
            "spec.schedules[0].minReplicas is '101'; expected a whole number of 0 to "
            "spec.bounds.maxReplicas, 100");
  EXPECT_EQ(
      with({FromSeven("a"), std::nullopt, Replicas(0)}),
      "spec.schedules[0].maxReplicas is '0'; expected a whole number within spec.bounds, 1 to "
      "100");
  EXPECT_EQ(with({FromSeven("a"), Replicas(9), Replicas(5)}),
            "spec.schedules[0].minReplicas is '9'; expected at most maxReplicas, 5");
  EXPECT_THAT(with({FromSeven("a")}), HasSubstr("spec.schedules[0] is 'without minReplicas"));
  EXPECT_THAT(with(Floor("A b", 5)), HasSubstr("spec.schedules[0].name is 'A b'; expected a DNS"));
  EXPECT_THAT(
      with({FromSeven("a", hours(0)), Replicas(2)}),
      HasSubstr("spec.schedules[0].until is '2026-11-27T07:00:00Z'; expected a time after"));
  fields.freezes = {{FromSeven("a")}, {FromSeven("a")}};
  EXPECT_THAT(FaultOf(fields), HasSubstr("spec.freezes[1].name is 'a'; expected another name"));
  fields.freezes[1].window = {
      "b", Recurrence{CronTimes::Parse("0 7 * * *").value(), Berlin(), hours(24 * 32)}};
  EXPECT_THAT(FaultOf(fields),
              HasSubstr("spec.freezes[1].duration is '32d'; expected a duration of "
                        "1m to 31d"));
}

TEST(ScalingProfile, RefusesABudgetThatCannotBeMeant) {
  ScalingProfileFields fields = Checkout();
  fields.budget.emplace();
  fields.budget->replica_hour = 0.04;
  EXPECT_THAT(FaultOf(fields), HasSubstr("spec.budget is 'without perHour and perMonth'"));
  fields.budget->per_hour = -1;
  EXPECT_EQ(FaultOf(fields), "spec.budget.perHour is '-1'; expected an amount > 0");
  fields.budget = Hourly(0.03);
  EXPECT_THAT(FaultOf(fields),
              HasSubstr("spec.budget is '0.03 an hour, which pays for 0 replicas'; "
                        "expected enough for spec.bounds.minReplicas, 1"));
  fields.budget = Hourly(0.28);
  fields.budget->replica_hour = 0;
  EXPECT_THAT(FaultOf(fields), HasSubstr("spec.objective.replicaHour is absent; expected what"));
  fields.budget = Hourly(0.28, true);
  fields.schedules = {Floor("sale", 12)};
  EXPECT_EQ(
      FaultOf(fields),
      "spec.schedules[0].minReplicas is '12'; expected no more than the hard spec.budget pays "
      "for, 7");
}

}  // namespace
}  // namespace loadcurve
