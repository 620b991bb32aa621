// Decisions on a distribution of what is to come.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <string>
#include <vector>

#include "scaler/replica_decider.h"
#include "scaler/replica_decision.h"
#include "tests/support/checkout_fields.h"

namespace loadcurve {
namespace {

using std::chrono::minutes;
using testing::ElementsAre;
using testing::HasSubstr;

const TimePoint kNow(std::chrono::hours(500'000));

// One replica carries 10; a new one takes a minute; a minute short costs 1000 replica-minutes.
ScalingProfileFields Checkout() {
  ScalingProfileFields fields = CheckoutFields(RequestWeights::Cudgx());
  fields.objective.target_utilization = Ratio(1);
  fields.objective.prices = ShortagePrices{.replica_hour = 0.06, .shortage_minute = 1};
  fields.behavior.scale_down_window = Duration(0);
  fields.behavior.change_cost = Duration(0);
  return fields;
}

// The load of each of the next minutes: a median, and a tail above it that falls by e over a tenth.
struct Expected {
  explicit Expected(const std::vector<double>& medians, TimePoint issued_at = kNow) {
    for (std::size_t i = 0; i < medians.size(); ++i) {
      ahead.push_back(i);
      LoadRow& row = rows.emplace_back();
      for (std::size_t k = 0; k < row.size(); ++k)
        row[k] = MetricsQps(medians[i] * (1 + 0.1 * std::log(0.5 / (1 - kTailLevels[k]))));
    }
    outlook = {issued_at, minutes(1), ahead, rows};
  }
  std::vector<std::size_t> ahead;
  std::vector<LoadRow> rows;
  LoadOutlook outlook;
};

LoadSeries Measured(std::vector<double> values) {
  const auto steps = static_cast<std::int64_t>(values.size());
  return LoadSeries::Make(kNow - minutes(1) * steps, minutes(1), std::move(values), "cudgx")
      .value();
}

ReplicaDecision Decided(std::int64_t current, const Expected& expected,
                        const ScalingProfileFields& fields, double latest = 50,
                        Duration order_delay = Duration(0)) {
  const LoadSeries measured = Measured({latest});
  DecisionInputs inputs{.current = Replicas(current), .now = kNow, .measured = &measured};
  inputs.outlook = &expected.outlook;
  inputs.order_delay = order_delay;
  const auto decision = Decide(inputs, ScalingProfile::Make(fields).value());
  EXPECT_TRUE(decision) << decision.error().message;
  return *decision;
}

std::vector<std::string> StagesOf(const ReplicaDecision& decision) {
  std::vector<std::string> stages;
  for (const DecisionReason& reason : decision.reasons) stages.emplace_back(Name(reason.stage));
  return stages;
}

// 0.35 n + 1000 * 0.5 exp(-(10 n - 100) / 10) is least at 17, for a median of 100.
TEST(DecideOnOutlook, BuysTheCountThatCostsLeastWhenANewReplicaIsReady) {
  const auto decision = Decided(5, Expected({50, 100, 50}), Checkout());
  EXPECT_EQ(decision.desired, Replicas(17));
  EXPECT_THAT(StagesOf(decision), ElementsAre("target"));
  EXPECT_THAT(decision.reasons[0].why, HasSubstr("at 1000 replicas for a step short of capacity"));
  EXPECT_THAT(decision.reasons[0].why, HasSubstr("whose median is 100"));
}

TEST(DecideOnOutlook, LooksFurtherWhereAnOrderWaitsForAnHpa) {
  // Ready after 75 s: in the second and third of the windows.
  EXPECT_EQ(Decided(5, Expected({50, 50, 100}), Checkout(), 50, std::chrono::seconds(15)).desired,
            Replicas(17));
  EXPECT_LT(Decided(5, Expected({50, 50, 100}), Checkout()).desired, Replicas(17));
}

TEST(DecideOnOutlook, KeepsABudgetInEachWindowUntilAPriceIsLearnt) {
  auto fields = Checkout();
  fields.objective.prices.reset();
  fields.objective.violations = Ratio(0.001);
  // The 0.999 quantile is 100 (1 + 0.1 ln 500) = 162.
  EXPECT_EQ(Decided(5, Expected({50, 100}), fields).desired, Replicas(17));
}

TEST(DecideOnOutlook, WeighsAPriceOverAllStepsUntilAReplicaIsReady) {
  auto fields = Checkout();
  fields.objective.prices.reset();
  fields.objective.violations = Ratio(0.001);
  const auto decide = [&](std::int64_t current, const Expected& expected) {
    const LoadSeries measured = Measured({50});
    DecisionInputs inputs{.current = Replicas(current), .now = kNow, .measured = &measured};
    inputs.outlook = &expected.outlook;
    inputs.shortage_cost = 1000;
    return Decide(inputs, ScalingProfile::Make(fields).value())->desired;
  };
  // What is ordered may be taken back before it serves, which 0.35 n is for:
  // 0.35 n + 1000 * 0.5 exp(-(n - 10)) is least at 17.
  EXPECT_EQ(decide(5, Expected({50, 100})), Replicas(17));
  // What is there serves a minute before: 1.35 n + 1000 * 0.5 exp(-(n - 10)) is least at 16.
  EXPECT_EQ(decide(20, Expected({100, 20})), Replicas(16));
}

TEST(DecideOnOutlook, CoversTheQuantileOfWhoStatesOne) {
  auto fields = Checkout();
  fields.objective.prices.reset();
  fields.objective.quantile = 0.95;
  // 100 (1 + 0.1 ln 10) = 123.
  EXPECT_EQ(Decided(5, Expected({50, 100}), fields).desired, Replicas(13));
}

TEST(DecideOnOutlook, GivesNothingUpThatIsNeededBeforeANewReplicaIsReady) {
  const auto decision = Decided(20, Expected({100, 20, 20}), Checkout(), 10);
  EXPECT_EQ(decision.desired, Replicas(16));
  EXPECT_THAT(StagesOf(decision), ElementsAre("target"));
}

TEST(DecideOnOutlook, CoversTheLatestLoadWhateverIsExpected) {
  const auto decision = Decided(5, Expected({10, 10}), Checkout(), 300);
  EXPECT_EQ(decision.desired, Replicas(30));
  EXPECT_THAT(StagesOf(decision), ElementsAre("target", "reactive_floor"));
}

TEST(DecideOnOutlook, FallsBackToTheLatestLoadWhereTheOutlookDoesNotReach) {
  const auto decision = Decided(5, Expected({50}), Checkout(), 70);
  EXPECT_EQ(decision.desired, Replicas(7));
}

TEST(DecideOnOutlook, KeepsAReserveForWhatMayBeLost) {
  auto fields = Checkout();
  fields.objective.survive = Survival{.zones = 3};
  const auto decision = Decided(5, Expected({50, 100}), fields);
  EXPECT_EQ(decision.desired, Replicas(26));  // 26 - 9 are 17
  EXPECT_EQ(decision.need, Replicas(26));
  EXPECT_THAT(StagesOf(decision), ElementsAre("target", "survival"));
  EXPECT_THAT(decision.reasons[1].why,
              HasSubstr("17 replicas are left when one of 3 zones is lost"));
  fields.objective.survive = Survival{.pods = Replicas(2)};
  EXPECT_EQ(Decided(5, Expected({50, 100}), fields).desired, Replicas(19));
}

TEST(DecideOnOutlook, StaysWhereAChangeSavesTooLittle) {
  auto fields = Checkout();
  fields.behavior.change_cost = minutes(6);
  // 17 are needed now. A change costs 6 * 17 replica-minutes, and one replica fewer for the two
  // minutes that are looked at saves two.
  const auto decision = Decided(18, Expected({100, 100, 100}), fields);
  EXPECT_EQ(decision.desired, Replicas(18));
  EXPECT_EQ(decision.need, Replicas(17));
  EXPECT_THAT(StagesOf(decision), ElementsAre("target", "path"));
  EXPECT_THAT(decision.reasons[1].why, HasSubstr("staying at 18 replicas"));
}

TEST(DecideOnOutlook, TellsWhatItStandsOn) {
  auto fields = Checkout();
  const auto decision = Decided(5, Expected({50, 100}), fields, 80);
  const DecisionBasis& basis = decision.basis;
  EXPECT_EQ(basis.per_replica, MetricsQps(10));
  EXPECT_EQ(*basis.latest, MetricsQps(80));
  EXPECT_NEAR(basis.median->value(), 100, 1e-9);
  EXPECT_NEAR(*basis.shortage_cost, 1000, 1e-9);
  EXPECT_NEAR(*basis.tail_replicas, 1, 1e-9);
  EXPECT_NEAR(*basis.short_chance, 0.5 * std::exp(-7), 1e-6);
  EXPECT_EQ(*basis.hpa, Replicas(8));
  EXPECT_NEAR(*basis.cost_per_hour, 17 * 0.06, 1e-9);
  EXPECT_NEAR(*basis.hpa_cost_per_hour, 8 * 0.06, 1e-9);
}

TEST(DecideOnOutlook, SaysNoWordsWhereNobodyReadsThem) {
  const Expected expected({50, 100});
  const LoadSeries measured = Measured({50});
  DecisionInputs inputs{.current = Replicas(5), .now = kNow, .measured = &measured};
  inputs.outlook = &expected.outlook;
  inputs.is_explained = false;
  const auto decision = Decide(inputs, ScalingProfile::Make(Checkout()).value());
  ASSERT_TRUE(decision);
  EXPECT_EQ(decision->desired, Replicas(17));
  EXPECT_TRUE(decision->reasons[0].why.empty());
}

// ---- decision after decision

TEST(ReplicaDecider, LearnsThePriceOfAShortageOnceAWindow) {
  auto fields = Checkout();
  fields.objective.prices.reset();
  fields.objective.violations = Ratio(0.01);
  const ScalingProfile profile = ScalingProfile::Make(fields).value();
  ReplicaDecider decider(fields, minutes(1));
  const Expected expected({100, 100, 100});
  const LoadSeries measured = Measured({100});
  DecisionInputs inputs{.current = Replicas(15), .now = kNow, .measured = &measured};
  inputs.outlook = &expected.outlook;
  const auto first = decider.Decide(inputs, profile);
  // A tail of one replica: 1 / 0.01.
  EXPECT_NEAR(*first->basis.shortage_cost, 100, 1e-9);
  for (int second = 1; second < 4; ++second) {
    inputs.now = kNow + std::chrono::seconds(15) * second;
    EXPECT_NEAR(*decider.Decide(inputs, profile)->basis.shortage_cost, 100, 1e-9);
  }
}

TEST(ReplicaDecider, DoesNotShrinkAgainForTenMinutesAfterTheCountFell) {
  auto fields = Checkout();
  fields.behavior.change_cost = minutes(6);
  const ScalingProfile profile = ScalingProfile::Make(fields).value();
  ReplicaDecider decider(fields, minutes(1));
  const auto decide = [&](int minute, std::int64_t current, double median = 100) {
    const Expected expected(std::vector<double>(16, median), kNow + minutes(minute));
    const LoadSeries measured =
        LoadSeries::Make(kNow - minutes(1), minutes(1),
                         std::vector<double>(static_cast<std::size_t>(minute + 1), 10), "cudgx")
            .value();
    DecisionInputs inputs{
        .current = Replicas(current), .now = kNow + minutes(minute), .measured = &measured};
    inputs.outlook = &expected.outlook;
    return *decider.Decide(inputs, profile);
  };
  // 17 are needed, and 8 % more of them later: 40 for a quarter of an hour cost more than a change.
  const ReplicaDecision first = decide(0, 40);
  EXPECT_LE(first.desired, Replicas(19));
  EXPECT_GT(first.desired, first.need);
  // An HPA came as far as 30.
  const ReplicaDecision held = decide(1, 30);
  EXPECT_EQ(held.desired, Replicas(30));
  EXPECT_LE(held.need, Replicas(17));
  EXPECT_THAT(held.reasons.back().why, HasSubstr("the count was higher until"));
  for (int minute = 2; minute < 10; ++minute) EXPECT_EQ(decide(minute, 30).desired, Replicas(30));
  EXPECT_EQ(decide(10, 30).desired, first.desired);
  // What is needed is asked for at once.
  EXPECT_GE(decide(11, 19, 300).desired, Replicas(37));
}

TEST(ReplicaDecider, RemembersWhatWasNeededWithinTheWindow) {
  auto fields = Checkout();
  fields.behavior.scale_down_window = minutes(2);
  const ScalingProfile profile = ScalingProfile::Make(fields).value();
  ReplicaDecider decider(fields, minutes(1));
  EXPECT_EQ(decider.LastNeed(), std::nullopt);
  const auto decide = [&](int minute, double median) {
    const Expected expected({median, median, median}, kNow + minutes(minute));
    const LoadSeries measured =
        LoadSeries::Make(kNow, minutes(1),
                         std::vector<double>(static_cast<std::size_t>(minute + 1), 10), "cudgx")
            .value();
    DecisionInputs inputs{
        .current = Replicas(17), .now = kNow + minutes(minute), .measured = &measured};
    inputs.outlook = &expected.outlook;
    return decider.Decide(inputs, profile)->desired;
  };
  EXPECT_EQ(decide(0, 100), Replicas(17));
  EXPECT_EQ(*decider.LastNeed(), Replicas(17));
  EXPECT_EQ(decide(1, 20), Replicas(17));
  EXPECT_EQ(decide(2, 20), Replicas(17));
  EXPECT_LT(decide(3, 20), Replicas(6));
}

}  // namespace
}  // namespace loadcurve
