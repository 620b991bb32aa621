#include "scaler/replica_decision.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <random>

namespace loadcurve {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;
using testing::ElementsAre;
using testing::HasSubstr;

constexpr double kMissing = std::numeric_limits<double>::quiet_NaN();
const TimePoint kNow(std::chrono::hours(500'000));

// One replica carries 50 and is planned for 50 * 0.7 = 35; a new one takes a minute.
ScalingProfileFields Checkout() {
  ScalingProfileFields fields{.load = {.weights = RequestWeights::Cudgx()}};
  fields.metadata.name = "checkout";
  ReplicaCapacity capacity;
  capacity.load = capacity.low = capacity.high = MetricsQps(50);
  capacity.weights_version = "cudgx";
  fields.load.per_replica = capacity;
  fields.behavior.scale_down_window = Duration(0);
  return fields;
}

LoadSeries Measured(std::vector<double> values, TimePoint end = kNow,
                    std::string version = "cudgx") {
  const auto steps = static_cast<std::int64_t>(values.size());
  return LoadSeries::Make(end - minutes(1) * steps, minutes(1), std::move(values),
                          std::move(version))
      .value();
}

// The 0.95 quantile of the minutes from now on; the median is half of it.
Forecast Expected(const std::vector<double>& loads, TimePoint issued_at = kNow) {
  ForecastParts parts{issued_at, minutes(1), {0.5, 0.95}, {}, "cudgx"};
  for (const double load : loads) {
    parts.loads.push_back(load / 2);
    parts.loads.push_back(load);
  }
  return Forecast::Make(parts).value();
}

ReplicaDecision Decided(const DecisionInputs& inputs, const ScalingProfileFields& fields) {
  const auto decision = Decide(inputs, ScalingProfile::Make(fields).value());
  EXPECT_TRUE(decision) << decision.error().message;
  return *decision;
}

std::vector<std::string> StagesOf(const ReplicaDecision& decision) {
  std::vector<std::string> stages;
  for (const DecisionReason& reason : decision.reasons) stages.emplace_back(Name(reason.stage));
  return stages;
}

TEST(Decide, HoldsWhatWasNeededBeforeTheWeightsChangedAsFarAsOneDecisionMayGrow) {
  const LoadSeries measured = Measured({60});  // 60 / 35 = 1.7
  DecisionInputs inputs{.current = Replicas(3), .now = kNow, .measured = &measured};
  inputs.held_need = Replicas(7);
  const auto held = Decided(inputs, Checkout());
  EXPECT_EQ(held.desired, Replicas(7));
  EXPECT_EQ(held.need, Replicas(2));
  EXPECT_THAT(held.reasons.back().why, HasSubstr("7 replicas were needed before weights"));
  ScalingProfileFields slow = Checkout();
  slow.behavior.scale_up.max_step = Replicas(1);
  EXPECT_EQ(Decided(inputs, slow).desired, Replicas(4));
}

TEST(Decide, BuysForTheUpperQuantileOfTheTimeWhenANewReplicaIsReady) {
  const LoadSeries measured = Measured({60});
  // Ready in one minute: windows [1, 2] and [2, 3] count, the peak of minute 4 does not.
  const Forecast forecast = Expected({60, 70, 141, 100, 900});
  const auto decision =
      Decided({.current = Replicas(2), .now = kNow, .measured = &measured, .forecast = &forecast},
              Checkout());
  EXPECT_EQ(decision.desired, Replicas(5));  // 141 / 35 = 4.03
  EXPECT_THAT(StagesOf(decision), ElementsAre("target"));
  EXPECT_THAT(decision.reasons[0].why, HasSubstr("0.95 quantile"));
  EXPECT_THAT(decision.reasons[0].why,
              HasSubstr("is 141; one replica carries 35 at a utilization of 0.7"));
  EXPECT_EQ(decision.valid_until, kNow + minutes(3));
  EXPECT_EQ(ToString(decision.workload), "checkout");
}

TEST(Decide, NamesALockOrADependencyAndCountsByTheLoadAllTheSame) {
  const LoadSeries measured = Measured({141});
  const auto decided = [&](BindingResource binding) {
    ScalingProfileFields fields = Checkout();
    fields.load.per_replica->binding = binding;
    return Decided({.current = Replicas(2), .now = kNow, .measured = &measured}, fields);
  };
  for (const BindingResource binding : {BindingResource::kCpu, BindingResource::kMemory,
                                        BindingResource::kLock, BindingResource::kDependency})
    EXPECT_EQ(decided(binding).desired, Replicas(5)) << Name(binding);  // 141 / 35 = 4.03
  const auto why = [&](BindingResource binding) { return decided(binding).reasons[0].why; };
  EXPECT_THAT(why(BindingResource::kLock), HasSubstr("a lock limits it"));
  EXPECT_THAT(why(BindingResource::kDependency), HasSubstr("more of them may not help"));
  EXPECT_THAT(why(BindingResource::kMemory), testing::Not(HasSubstr("limits it")));
}

TEST(Decide, PlansNoMoreThanAQuarterAboveTheLowerEndOfAnUncertainCapacity) {
  ScalingProfileFields fields = Checkout();
  fields.load.per_replica->low = MetricsQps(20);
  const LoadSeries measured = Measured({140});
  const Forecast forecast = Expected({140, 140, 140});
  const DecisionInputs inputs{
      .current = Replicas(2), .now = kNow, .measured = &measured, .forecast = &forecast};
  const auto decision = Decided(inputs, fields);
  EXPECT_EQ(decision.desired, Replicas(8));  // 140 / (20 * 1.25 * 0.7)
  EXPECT_THAT(decision.reasons[0].why, HasSubstr("lower end of a wide interval"));
  fields.load.per_replica->low = MetricsQps(40);  // 40 * 1.25 = 50: narrow enough
  EXPECT_EQ(Decided(inputs, fields).desired, Replicas(4));
}

TEST(Decide, HoldsWhenTheLastMeasurementIsTooOldForItsForecast) {
  const LoadSeries measured = Measured({60}, kNow - minutes(31));
  const Forecast forecast = Expected(std::vector<double>(60, 1400), kNow - minutes(31));
  const auto decision =
      Decided({.current = Replicas(2), .now = kNow, .measured = &measured, .forecast = &forecast},
              Checkout());
  EXPECT_EQ(decision.desired, Replicas(2));
  EXPECT_THAT(decision.reasons[0].why, HasSubstr("the last measured load is 31m old"));
  EXPECT_THAT(decision.reasons[0].why, HasSubstr("for more than 30m: the count holds"));
}

TEST(Decide, FollowsAForecastThroughAnOutageOfItsSource) {
  const LoadSeries measured = Measured({60}, kNow - minutes(30));
  const Forecast forecast = Expected(std::vector<double>(60, 141), kNow - minutes(30));
  const DecisionInputs inputs{
      .current = Replicas(2), .now = kNow, .measured = &measured, .forecast = &forecast};
  EXPECT_EQ(Decided(inputs, Checkout()).desired, Replicas(5));  // 141 / 35
}

TEST(Decide, TakesACapacityMeasuredAtTheTargetUtilizationAsItIs) {
  // 50 at 70 % of the limit, and 70 % is the objective: 141 / 50 = 2.8. At an objective of
  // 35 %, half of it: 141 / 25 = 5.6.
  auto fields = Checkout();
  fields.load.per_replica->target_share = Ratio(0.7);
  const LoadSeries measured = Measured({141});
  const DecisionInputs inputs{.current = Replicas(2), .now = kNow, .measured = &measured};
  EXPECT_EQ(Decided(inputs, fields).desired, Replicas(3));
  fields.objective.target_utilization = Ratio(0.35);
  EXPECT_EQ(Decided(inputs, fields).desired, Replicas(6));
}

TEST(Decide, DoesNotShrinkBelowWhatIsNeededBeforeANewReplicaCouldBeReady) {
  const LoadSeries measured = Measured({60});
  const Forecast forecast = Expected({140, 30, 30, 30});
  const auto decision =
      Decided({.current = Replicas(6), .now = kNow, .measured = &measured, .forecast = &forecast},
              Checkout());
  EXPECT_EQ(decision.desired, Replicas(4));  // 140 / 35, although 30 need one
  EXPECT_THAT(StagesOf(decision), ElementsAre("target", "until_ready"));
}

TEST(Decide, DoesNotGrowForAPeakThatIsOverBeforeANewReplicaIsReady) {
  const LoadSeries measured = Measured({60});
  const Forecast forecast = Expected({900, 60, 60, 60});
  const auto decision =
      Decided({.current = Replicas(2), .now = kNow, .measured = &measured, .forecast = &forecast},
              Checkout());
  EXPECT_EQ(decision.desired, Replicas(2));
}

TEST(Decide, GrowsToTheMeasuredLoadWhateverTheForecastSays) {
  const LoadSeries measured = Measured({60, 350});
  const Forecast forecast = Expected({60, 60, 60, 60});
  const auto decision =
      Decided({.current = Replicas(2), .now = kNow, .measured = &measured, .forecast = &forecast},
              Checkout());
  EXPECT_EQ(decision.desired, Replicas(10));
  EXPECT_THAT(StagesOf(decision), ElementsAre("target", "reactive_floor"));
}

TEST(Decide, TakesTheLatestLoadWhereThereIsNoForecast) {
  const LoadSeries measured = Measured({60, 71});
  const auto decision =
      Decided({.current = Replicas(2), .now = kNow, .measured = &measured}, Checkout());
  EXPECT_EQ(decision.desired, Replicas(3));
  EXPECT_THAT(decision.reasons[0].why, HasSubstr("there is no forecast"));
}

TEST(Decide, GrowsForHeldRequestsThatFillTheSlotsOfAnIdleCpu) {
  auto fields = Checkout();
  fields.load.per_replica->slots = BusySlots(32);
  const LoadSeries measured = Measured({60});
  const auto decision = Decided(
      {.current = Replicas(2), .now = kNow, .measured = &measured, .busy_slots = BusySlots(100)},
      fields);
  EXPECT_EQ(decision.desired, Replicas(5));  // 100 / (32 * 0.7) = 4.46
  EXPECT_THAT(StagesOf(decision), ElementsAre("target", "slots"));
}

// 500 of the 700 that are planned for are left for load.
ScalingProfileFields WithMemory() {
  auto fields = Checkout();
  fields.load.source.kind = "prometheus";
  fields.load.source.prometheus.emplace().preset = "istio";
  fields.load.per_replica->memory = ReplicaMemory{Bytes(1000), Bytes(200)};
  return fields;
}

TEST(Decide, GrowsForMemoryThatFillsWhileTheCpuIsIdle) {
  const LoadSeries measured = Measured({60});
  const auto decided = [&](std::int64_t highest) {
    return Decided({.current = Replicas(4),
                    .now = kNow,
                    .measured = &measured,
                    .memory = MemoryUse{kNow, Bytes(highest), Replicas(4)}},
                   WithMemory());
  };
  const auto grown = decided(900);
  EXPECT_EQ(grown.desired, Replicas(6));  // 4 * (900 - 200) / (1000 * 0.7 - 200) = 5.6
  EXPECT_EQ(grown.need, Replicas(6));
  EXPECT_THAT(StagesOf(grown), ElementsAre("target", "memory"));
  EXPECT_THAT(grown.reasons[1].why,
              HasSubstr("the fullest of 4 replicas uses 900; each may use 1000, planned at a "
                        "utilization of 0.7, and uses 200 without load"));
  EXPECT_EQ(decided(600).desired, Replicas(4));  // 3.2
  EXPECT_EQ(decided(450).desired, Replicas(2));  // 2: as many as the load of 60 needs
}

TEST(Decide, ShrinksNothingWhereMemoryIsStatedAndNotTold) {
  const LoadSeries measured = Measured({60});
  DecisionInputs inputs{.current = Replicas(4), .now = kNow, .measured = &measured};
  auto decision = Decided(inputs, WithMemory());
  EXPECT_EQ(decision.desired, Replicas(4));
  EXPECT_THAT(StagesOf(decision), ElementsAre("target", "safety_guard"));
  EXPECT_THAT(decision.reasons[1].why, HasSubstr("use of their memory was not told lately"));
  inputs.memory = MemoryUse{kNow - minutes(4), Bytes(300), Replicas(4)};
  EXPECT_EQ(Decided(inputs, WithMemory()).desired, Replicas(4));
  inputs.memory->until = kNow - minutes(3);
  EXPECT_EQ(Decided(inputs, WithMemory()).desired, Replicas(2));
}

// ---- cases of CudgX's keeper, band 100..300: R = C N / load, aimed at R = 2, utilization 1/2

ReplicaDecision Keeper(double redundancy, std::int64_t current, double ratio, std::int64_t min,
                       std::int64_t max) {
  auto fields = Checkout();
  fields.objective.target_utilization = Ratio(0.5);
  fields.behavior.scale_up.max_share = Ratio(ratio);
  fields.behavior.scale_down.max_share = Ratio(ratio);
  fields.bounds = {Replicas(min), Replicas(max)};
  const LoadSeries measured = Measured({50 * static_cast<double>(current) / redundancy});
  return Decided({.current = Replicas(current), .now = kNow, .measured = &measured}, fields);
}

TEST(Decide, ActsWhereASmallCountAndAStepRatioWouldStall) {
  // Five replicas at R = 3.2 need 5 * 2 / 3.2 = 3.1; 30 % of 5 round up to 2, so 4 it is.
  EXPECT_EQ(Keeper(3.2, 5, 0.3, 2, 50).desired, Replicas(4));
}

TEST(Decide, GrowsByNoMoreThanTheShareOfTheCurrentCount) {
  // R = 0.5 on 4 replicas needs 16; 100 % of 4 allow 8.
  EXPECT_EQ(Keeper(0.5, 4, 1, 2, 50).desired, Replicas(8));
  // R = 0.25 on 40 needs 320; 75 % of 40 are 30 more.
  EXPECT_EQ(Keeper(0.25, 40, 0.75, 2, 500).desired, Replicas(70));
}

TEST(Decide, ShrinksAllTheWayWhereTheStepAllows) {
  // R = 6 on 40: 40 * 2 / 6 = 13.3
  EXPECT_EQ(Keeper(6, 40, 1, 2, 500).desired, Replicas(14));
}

TEST(Decide, SaysThatItIsAtTheLimit) {
  // R = 0.9 on 10 needs 22.2, and 10 is all there may be.
  const auto decision = Keeper(0.9, 10, 2, 2, 10);
  EXPECT_EQ(decision.desired, Replicas(10));
  ASSERT_EQ(StagesOf(decision).back(), "bounds");
  EXPECT_EQ(decision.reasons.back().before, Replicas(23));
  EXPECT_THAT(decision.reasons.back().why, HasSubstr("at limit: maxReplicas is 10"));
}

TEST(Decide, BringsACountOutsideItsBoundsBackEvenWithoutEvidence) {
  auto fields = Checkout();
  fields.bounds = {Replicas(2), Replicas(10)};
  EXPECT_EQ(Decided({.current = Replicas(40), .now = kNow}, fields).desired, Replicas(10));
  EXPECT_EQ(Decided({.current = Replicas(0), .now = kNow}, fields).desired, Replicas(2));
}

TEST(Decide, LimitsStepsByTheLargerOfCountAndShare) {
  auto fields = Checkout();
  fields.behavior.scale_up = {Replicas(4), Ratio(0.5)};
  const LoadSeries measured = Measured({3500});  // needs 100
  const auto desired = [&](std::int64_t current) {
    return Decided({.current = Replicas(current), .now = kNow, .measured = &measured}, fields)
        .desired.value();
  };
  EXPECT_EQ(desired(0), 4);
  EXPECT_EQ(desired(2), 6);    // 4 > 1
  EXPECT_EQ(desired(20), 30);  // 10 > 4
}

TEST(Decide, ShrinksToNoLessThanTheHighestNeedOfTheWindow) {
  auto fields = Checkout();
  fields.behavior.scale_down_window = minutes(5);
  // Six minutes ago 700, outside the window; three minutes ago 210, which need 6.
  const LoadSeries measured = Measured({700, 60, 60, 210, 60, 60});
  const auto decision =
      Decided({.current = Replicas(9), .now = kNow, .measured = &measured}, fields);
  EXPECT_EQ(decision.desired, Replicas(6));
  EXPECT_THAT(StagesOf(decision), ElementsAre("target", "stabilizer"));
}

TEST(Decide, ShrinksToNoLessThanEarlierDecisionsOfTheWindowFoundNecessary) {
  auto fields = Checkout();
  fields.behavior.scale_down_window = minutes(5);
  const LoadSeries measured = Measured({60});
  const auto decision = Decided({.current = Replicas(9),
                                 .now = kNow,
                                 .measured = &measured,
                                 .past_needs = {{kNow - minutes(6), Replicas(9)},
                                                {kNow - minutes(2), Replicas(7)},
                                                {kNow - minutes(1), Replicas(3)}}},
                                fields);
  EXPECT_EQ(decision.desired, Replicas(7));
  EXPECT_EQ(decision.need, Replicas(2));
}

// ---- missing is not zero, and neither is idle

TEST(Decide, HoldsWhereNothingWasMeasured) {
  const LoadSeries gap = Measured({kMissing, kMissing});
  for (const LoadSeries* measured : {static_cast<const LoadSeries*>(nullptr), &gap}) {
    const auto decision =
        Decided({.current = Replicas(7), .now = kNow, .measured = measured}, Checkout());
    EXPECT_EQ(decision.desired, Replicas(7));
    EXPECT_THAT(decision.reasons.back().why, HasSubstr("missing is not idle"));
  }
}

TEST(Decide, ShrinksToTheMinimumWhereZeroWasMeasured) {
  const LoadSeries idle = Measured({0, 0});
  const auto decision =
      Decided({.current = Replicas(7), .now = kNow, .measured = &idle}, Checkout());
  EXPECT_EQ(decision.desired, Replicas(1));
  EXPECT_THAT(StagesOf(decision), ElementsAre("target", "bounds"));
}

TEST(Decide, HoldsOnStaleEvidenceAndGrowsOnIt) {
  const TimePoint stale = kNow - minutes(3) - seconds(1);
  const LoadSeries low = Measured({60}, stale);
  const auto held = Decided({.current = Replicas(7), .now = kNow, .measured = &low}, Checkout());
  EXPECT_EQ(held.desired, Replicas(7));
  EXPECT_THAT(held.reasons.back().why, HasSubstr("181s old"));

  const LoadSeries high = Measured({350}, stale);
  EXPECT_EQ(Decided({.current = Replicas(7), .now = kNow, .measured = &high}, Checkout()).desired,
            Replicas(10));
}

TEST(Decide, ShrinksOnEvidenceThatIsJustFreshEnough) {
  const LoadSeries low = Measured({60}, kNow - minutes(3));
  EXPECT_EQ(Decided({.current = Replicas(7), .now = kNow, .measured = &low}, Checkout()).desired,
            Replicas(2));
}

TEST(Decide, MeasuresFreshnessInTheStepsOfACoarserSeries) {
  const LoadSeries hourly =
      LoadSeries::Make(kNow - std::chrono::hours(3), std::chrono::hours(1), {60}, "cudgx").value();
  const auto decision =
      Decided({.current = Replicas(7), .now = kNow, .measured = &hourly}, Checkout());
  EXPECT_EQ(decision.desired, Replicas(2));
  EXPECT_EQ(decision.valid_until, kNow + std::chrono::hours(3));
}

TEST(Decide, CountsTheAgeOfTheLastMeasuredValueNotOfTheLastWindow) {
  const LoadSeries silent = Measured({60, kMissing, kMissing, kMissing, kMissing});
  EXPECT_EQ(Decided({.current = Replicas(7), .now = kNow, .measured = &silent}, Checkout()).desired,
            Replicas(7));
}

TEST(Decide, DoesNotShrinkWhileRequestsAreRefused) {
  const LoadSeries measured = Measured({60});
  const auto at = [&](double share) {
    return Decided({.current = Replicas(7),
                    .now = kNow,
                    .measured = &measured,
                    .error_share = Ratio(share)},
                   Checkout())
        .desired;
  };
  EXPECT_EQ(at(0.09), Replicas(2));
  EXPECT_EQ(at(0.1), Replicas(7));
}

TEST(Decide, HoldsWhatWasWantedWhereTheCountIsStillOnItsWay) {
  const LoadSeries measured = Measured({60});  // 2 replicas
  DecisionInputs inputs{.current = Replicas(6), .now = kNow, .measured = &measured};
  inputs.wanted = Replicas(7);
  EXPECT_EQ(Decided(inputs, Checkout()).desired, Replicas(2));
  inputs.error_share = Ratio(0.9);
  EXPECT_EQ(Decided(inputs, Checkout()).desired, Replicas(7));
  inputs.current = Replicas(8);
  EXPECT_EQ(Decided(inputs, Checkout()).desired, Replicas(8));
}

TEST(Decide, DoesNotShrinkWhileReplicasAreNotHeardOf) {
  const LoadSeries measured = Measured({60});
  const auto at = [&](double share) {
    return Decided({.current = Replicas(7),
                    .now = kNow,
                    .measured = &measured,
                    .coverage = Ratio(share)},
                   Checkout())
        .desired;
  };
  EXPECT_EQ(at(1), Replicas(2));
  EXPECT_EQ(at(0.9), Replicas(2));
  EXPECT_EQ(at(0.5), Replicas(7));
}

TEST(Decide, GrowsAndDoesNotShrinkWhileARolloutIsUnderWay) {
  const LoadSeries low = Measured({60});    // 2 replicas
  const LoadSeries high = Measured({350});  // 10
  DecisionInputs inputs{.current = Replicas(7), .now = kNow, .measured = &low};
  inputs.rolling_out_to = "7d4b9";
  const ReplicaDecision held = Decided(inputs, Checkout());
  EXPECT_EQ(held.desired, Replicas(7));
  EXPECT_EQ(held.reasons.back().stage, DecisionStage::kSafetyGuard);
  EXPECT_THAT(held.reasons.back().why, HasSubstr("a rollout to revision '7d4b9' is under way"));
  inputs.measured = &high;
  EXPECT_EQ(Decided(inputs, Checkout()).desired, Replicas(10));
}

TEST(Decide, DoesNotShrinkOnAForecastThatEndsTooEarly) {
  const LoadSeries measured = Measured({60});
  const Forecast forecast = Expected({60}, kNow - minutes(1));
  const auto decision =
      Decided({.current = Replicas(7), .now = kNow, .measured = &measured, .forecast = &forecast},
              Checkout());
  EXPECT_EQ(decision.desired, Replicas(7));
}

TEST(Decide, LooksAtNoWindowThatBeginsAfterNow) {
  const LoadSeries measured = Measured({60, 3500});
  EXPECT_EQ(
      Decided({.current = Replicas(7), .now = kNow - minutes(1), .measured = &measured}, Checkout())
          .desired,
      Replicas(2));
}

TEST(Decide, RefusesLoadsMeasuredInOtherWeights) {
  const LoadSeries measured = Measured({60}, kNow, "occupancy-100ms");
  const auto decision = Decide({.current = Replicas(7), .now = kNow, .measured = &measured},
                               ScalingProfile::Make(Checkout()).value());
  ASSERT_FALSE(decision);
  EXPECT_EQ(decision.error().code, ErrorCode::kInvalidArgument);
  EXPECT_THAT(decision.error().message, HasSubstr("'occupancy-100ms'"));
}

TEST(Decide, NamesTheRemedyWhereTheCapacityIsUnknown) {
  auto fields = Checkout();
  fields.load.per_replica.reset();
  const auto decision =
      Decide({.current = Replicas(7), .now = kNow}, ScalingProfile::Make(fields).value());
  ASSERT_FALSE(decision);
  EXPECT_EQ(decision.error().code, ErrorCode::kInvalidArgument);
  EXPECT_THAT(decision.error().message, HasSubstr("loadcurve calibrate"));
}

// ---- whatever the inputs

struct World {
  ScalingProfileFields fields;
  std::vector<double> measured{};
  Duration silence{0};
  std::vector<double> forecast{};
  Replicas current{};
  Ratio error_share{};
};

World SomeWorld(std::mt19937_64& random) {
  const auto below = [&](std::uint64_t most) { return static_cast<std::int64_t>(random() % most); };
  World world{.fields = Checkout()};
  world.fields.bounds.min = Replicas(below(5));
  world.fields.bounds.max = Replicas(5 + below(40));
  world.fields.behavior.scale_down_window = minutes(below(10));
  world.fields.startup = seconds(below(300));
  if (below(2) == 0) world.fields.behavior.scale_up.max_step = Replicas(1 + below(5));
  if (below(2) == 0) world.fields.behavior.scale_down.max_share = Ratio(0.3);
  for (std::int64_t i = 0; i < 1 + below(8); ++i)
    world.measured.push_back(below(4) == 0 ? kMissing : static_cast<double>(below(2000)));
  world.silence = minutes(below(6));
  for (std::int64_t i = 0; i < 1 + below(8); ++i)
    world.forecast.push_back(static_cast<double>(below(2000)));
  world.current = Replicas(below(60));
  world.error_share = Ratio(below(3) == 0 ? 0.3 : 0.0);
  return world;
}

ReplicaDecision DecidedIn(const World& world) {
  const LoadSeries measured = Measured(world.measured, kNow - world.silence);
  const Forecast forecast = Expected(world.forecast, kNow - world.silence);
  return Decided({.current = world.current,
                  .now = kNow,
                  .measured = &measured,
                  .forecast = &forecast,
                  .error_share = world.error_share},
                 world.fields);
}

TEST(Decide, KeepsItsBoundsAndTellsAnUnbrokenStory) {
  std::mt19937_64 random(11);
  for (int round = 0; round < 3000; ++round) {
    const World world = SomeWorld(random);
    const ReplicaDecision decision = DecidedIn(world);
    EXPECT_GE(decision.desired, world.fields.bounds.min);
    EXPECT_LE(decision.desired, world.fields.bounds.max);
    Replicas at = world.current;
    for (const DecisionReason& reason : decision.reasons) {
      EXPECT_EQ(reason.before, at);
      EXPECT_FALSE(reason.why.empty());
      at = reason.after;
    }
    EXPECT_EQ(at, decision.desired);
  }
}

TEST(Decide, NeverShrinksBelowTheMaximumWithoutTrustworthyEvidence) {
  std::mt19937_64 random(12);
  for (int round = 0; round < 3000; ++round) {
    World world = SomeWorld(random);
    if (round % 2 == 0) {
      world.silence = minutes(4);
    } else {
      world.error_share = Ratio(0.5);
    }
    const ReplicaDecision decision = DecidedIn(world);
    EXPECT_GE(decision.desired, std::min(world.current, world.fields.bounds.max));
  }
}

TEST(Decide, NeverWantsLessForMoreLoad) {
  std::mt19937_64 random(13);
  for (int round = 0; round < 1500; ++round) {
    World world = SomeWorld(random);
    const Replicas before = DecidedIn(world).desired;
    for (double& load : world.measured) load *= 1.5;
    for (double& load : world.forecast) load *= 1.5;
    EXPECT_GE(DecidedIn(world).desired, before);
  }
}

TEST(Decide, DoesNotShrinkOnEvidenceThatSomethingIsWrong) {
  const LoadSeries measured = Measured({35});
  DecisionInputs inputs{.current = Replicas(6), .now = kNow, .measured = &measured};
  inputs.evidence = Evidence{EvidenceKind::kHung, "the service hangs", kNow};
  const auto held = Decided(inputs, Checkout());
  EXPECT_EQ(held.desired, Replicas(6));
  EXPECT_THAT(held.reasons.back().why, HasSubstr("the service hangs; hold or grow"));
  for (const auto kind : {EvidenceKind::kFresh, EvidenceKind::kIdle}) {
    inputs.evidence->kind = kind;
    EXPECT_EQ(Decided(inputs, Checkout()).desired, Replicas(1));
  }
}

// The count is observed as it was, or as an HPA made it by an older number.
TEST(Decide, KeepsTheNeedOfTheWindowAlthoughAnOlderCountIsObserved) {
  ScalingProfileFields fields = Checkout();
  fields.behavior.scale_down_window = minutes(5);
  const LoadSeries measured = Measured({35});
  DecisionInputs inputs{.current = Replicas(6), .now = kNow, .measured = &measured};
  inputs.past_needs = {{kNow - minutes(2), Replicas(10)}};
  inputs.wanted = Replicas(10);
  EXPECT_EQ(Decided(inputs, fields).desired, Replicas(10));
  inputs.wanted = Replicas(8);  // less was wanted since, as a step limit may have it
  EXPECT_EQ(Decided(inputs, fields).desired, Replicas(8));
  inputs.wanted.reset();
  EXPECT_EQ(Decided(inputs, fields).desired, Replicas(6)) << "nothing is wanted any more";
}

TEST(Decide, KeepsWhatIsNeededUntilReadyAlthoughAnOlderCountIsObserved) {
  const LoadSeries measured = Measured({35});
  const Forecast forecast = Expected({340, 35, 35, 35});
  DecisionInputs inputs{
      .current = Replicas(6), .now = kNow, .measured = &measured, .forecast = &forecast};
  inputs.now = kNow + std::chrono::seconds(30);
  ScalingProfileFields fields = Checkout();
  fields.startup = minutes(2);
  inputs.wanted = Replicas(10);
  EXPECT_EQ(Decided(inputs, fields).desired, Replicas(10));  // 340 / 35 = 9.7
}

TEST(Decide, HoldsInDoubtNoFurtherUpThanOneDecisionMayGrow) {
  ScalingProfileFields fields = Checkout();
  fields.behavior.scale_up.max_step = Replicas(2);
  const LoadSeries measured = Measured({35}, kNow - minutes(10));
  DecisionInputs inputs{.current = Replicas(5), .now = kNow, .measured = &measured};
  inputs.wanted = Replicas(10);
  EXPECT_EQ(Decided(inputs, fields).desired, Replicas(7));
}

}  // namespace
}  // namespace loadcurve
