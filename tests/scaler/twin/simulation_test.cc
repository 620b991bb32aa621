#include "scaler/twin/simulation.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <numbers>
#include <random>

#include "scaler/twin/families.h"

namespace loadcurve::twin {
namespace {

using std::chrono::days;
using std::chrono::minutes;
using std::chrono::seconds;
using testing::ElementsAre;

const TimePoint kStart(std::chrono::hours(500'016));  // a midnight

LoadSeries Series(std::vector<double> values, Duration step = minutes(1)) {
  return LoadSeries::Make(kStart, step, std::move(values)).value();
}

// Days of 96 quarters of an hour, with noise and a burst now and then.
std::vector<double> Days(int count, double scale = 1) {
  std::mt19937 random(7);
  std::normal_distribution<double> noise(0, 0.05);
  std::vector<double> values;
  for (int i = 0; i < count * 96; ++i) {
    const double daily = 20 - 12 * std::cos(2 * std::numbers::pi * i / 96);
    const double burst = i % 211 == 0 ? 1.5 : 1;
    values.push_back(scale * daily * burst * std::exp(noise(random)));
  }
  return values;
}

TwinOptions Options(Duration startup) {
  return {.per_replica = MetricsQps(1), .startup = StartupTimes(startup)};
}

std::vector<int> ReadyOf(const PolicyRun& run) {
  std::vector<int> ready;
  for (const StepRecord& record : run.records)
    ready.push_back(static_cast<int>(record.ready.value()));
  return ready;
}

// Wants what the last load needs.
class Follow final : public PolicyFamily {
 public:
  std::string_view name() const override { return "follow"; }
  std::vector<std::string> KnobNames() const override { return {"only"}; }
  std::unique_ptr<Policy> Make(std::size_t) const override {
    class Last final : public Policy {
      Replicas Wanted(const Moment& moment) override {
        return Replicas(static_cast<std::int64_t>(std::ceil(moment.known.back())));
      }
    };
    return std::make_unique<Last>();
  }
};

TEST(Simulation, ShowsAStepOfDemandToThePolicyWhenItIsOverAndTwoStepsLaterToTheUsers) {
  const auto simulation =
      Simulation::Make(Series({2, 2, 6, 6, 6, 6, 2, 2}), Options(minutes(2))).value();
  // The load of step 2 is known at step 3; what is ordered then is ready at step 5. What is too
  // much at step 7 goes at once.
  EXPECT_THAT(ReadyOf(simulation.Run(Follow(), 0)), ElementsAre(2, 2, 2, 2, 2, 6, 6, 2));
  EXPECT_DOUBLE_EQ(simulation.Run(Follow(), 0).measures.violation_minutes_ratio, 3.0 / 8);
}

TEST(Simulation, ShowsLoadsLaterByTheDelayOfTheMetrics) {
  TwinOptions options = Options(minutes(1));
  options.metric_delay = seconds(61);  // two steps
  const auto simulation = Simulation::Make(Series({2, 6, 6, 6, 6, 6, 6}), options).value();
  EXPECT_THAT(ReadyOf(simulation.Run(Follow(), 0)), ElementsAre(2, 2, 2, 2, 2, 6, 6));
}

TEST(Simulation, LetsAnHpaFollowAtItsNextSync) {
  TwinOptions options = Options(minutes(1));
  options.actuation = Actuation::kHpa;
  const auto simulation = Simulation::Make(Series({2, 6, 6, 6, 6, 6, 6}), options).value();
  // Published at 2:00, asked for at 2:15, ready at 3:15: whole from step 4 on.
  EXPECT_THAT(ReadyOf(simulation.Run(Follow(), 0)), ElementsAre(2, 2, 2, 2, 6, 6, 6));
}

TEST(Simulation, TakesAMissingLoadForTheLastOne) {
  const auto simulation =
      Simulation::Make(Series({3, std::nan(""), std::nan(""), 3}), Options(minutes(1))).value();
  EXPECT_THAT(ReadyOf(simulation.Run(Follow(), 0)), ElementsAre(3, 3, 3, 3));
}

TEST(Simulation, DrawsWhatAReplicaReallyCarriesFromTheSeed) {
  TwinOptions options = Options(minutes(1));
  options.capacity_error = Ratio(0.3);
  const auto demand = [&](std::uint64_t seed) {
    options.seed = seed;
    return Simulation::Make(Series({10, 10}), options).value().demand().front();
  };
  EXPECT_EQ(demand(1), demand(1));
  EXPECT_NE(demand(1), demand(2));
  for (std::uint64_t seed = 1; seed < 50; ++seed) {
    EXPECT_GT(demand(seed), 10 / 1.3);
    EXPECT_LT(demand(seed), 10 / 0.7);
  }
}

TEST(Simulation, NeverLeavesTheOracleShortOrAnyRuleThatIsNeverShortCheaper) {
  const auto simulation =
      Simulation::Make(Series(Days(6), minutes(15)), Options(minutes(20))).value();
  const PolicyRun oracle = simulation.RunOracle();
  EXPECT_EQ(oracle.measures.violation_minutes_ratio, 0);
  const auto families = MakeFamilies("all", simulation.inputs()).value();
  for (const auto& family : families) {
    for (std::size_t knob = 0; knob < family->KnobNames().size(); ++knob) {
      const PolicyRun run = simulation.Run(*family, knob);
      if (run.measures.violation_minutes_ratio > 0) continue;
      EXPECT_GE(run.measures.replica_hours, oracle.measures.replica_hours)
          << run.policy << " " << run.knob;
    }
  }
}

TEST(Simulation, LetsEveryPolicyAndTheOracleWaitForNodes) {
  TwinOptions options = Options(minutes(1));
  options.nodes = NodeLimits{.standing = 1, .most = 2, .replicas_per_node = 4};
  const auto simulation =
      Simulation::Make(Series({2, 2, 2, 2, 6, 6, 6, 9, 9, 9, 9, 9}), options).value();
  // The load of step 4 is known at step 5: two have room, two wait two minutes for a node; all
  // start in one. Nine replicas have no room on two nodes.
  EXPECT_THAT(ReadyOf(simulation.Run(Follow(), 0)),
              ElementsAre(2, 2, 2, 2, 2, 2, 4, 4, 6, 8, 8, 8));
  // The oracle orders three steps ahead.
  EXPECT_THAT(ReadyOf(simulation.RunOracle()), ElementsAre(2, 2, 4, 4, 6, 8, 8, 8, 8, 8, 8, 8));
}

TEST(Simulation, IsTheSameForTheSameSeedWhereStartUpTimesDiffer) {
  TwinOptions options = Options(minutes(1));
  options.startup = StartupTimes::Spread(minutes(20), 2).value();
  const auto ready = [&](std::uint64_t seed) {
    options.seed = seed;
    return ReadyOf(Simulation::Make(Series(Days(2), minutes(15)), options)->Run(Follow(), 0));
  };
  EXPECT_EQ(ready(1), ready(1));
  EXPECT_NE(ready(1), ready(2));
}

TEST(Simulation, NeverLeavesTheOracleShortWhereStartUpTimesDifferAndNodesMustCome) {
  TwinOptions options = Options(minutes(1));
  options.startup = StartupTimes::Spread(minutes(20), 3).value();
  options.nodes = NodeLimits{.standing = 1, .replicas_per_node = 5};
  const auto simulation = Simulation::Make(Series(Days(4), minutes(15)), options).value();
  // The warm-up leaves out the first steps, for which nobody could order.
  const PolicyRun oracle = simulation.RunOracle();
  for (std::size_t step = 8; step < oracle.records.size(); ++step)
    EXPECT_GE(static_cast<double>(oracle.records[step].ready.value()), simulation.demand()[step]);
}

TEST(Families, HaveFifteenSettingsEach) {
  const auto simulation = Simulation::Make(Series(Days(2), minutes(15)), Options(minutes(5)));
  const auto families = MakeFamilies("all", simulation->inputs()).value();
  for (const auto& family : families) EXPECT_GE(family->KnobNames().size(), 15U) << family->name();
}

TEST(Families, RefuseANameThatIsNotTheirs) {
  const auto simulation = Simulation::Make(Series({1, 2}), Options(minutes(5))).value();
  const auto families = MakeFamilies("loadcurve,hpa", simulation.inputs());
  ASSERT_FALSE(families);
  EXPECT_THAT(families.error().message, testing::HasSubstr("'hpa' is not a policy; expected all,"));
}

// What was seen up to a step is all that a count may depend on.
TEST(Families, DoNotSeeTheFuture) {
  std::vector<double> values = Days(5);
  const auto whole = Simulation::Make(Series(values, minutes(15)), Options(minutes(30))).value();
  values.resize(values.size() * 3 / 5);
  const auto part = Simulation::Make(Series(values, minutes(15)), Options(minutes(30))).value();
  for (const std::string_view name : FamilyNames()) {
    if (name == "static-peak") continue;  // which knows the peak by its definition
    const auto of_whole = MakeFamilies(name, whole.inputs()).value();
    const auto of_part = MakeFamilies(name, part.inputs()).value();
    for (std::size_t knob = 0; knob < of_whole[0]->KnobNames().size(); ++knob) {
      const auto ready = ReadyOf(whole.Run(*of_whole[0], knob));
      const auto before = ReadyOf(part.Run(*of_part[0], knob));
      EXPECT_TRUE(std::equal(before.begin(), before.end(), ready.begin())) << name << " " << knob;
    }
  }
}

TEST(Families, OfferAsManyOrMoreReplicasForMoreLoad) {
  const auto base = Simulation::Make(Series(Days(4), minutes(15)), Options(minutes(15))).value();
  const auto more =
      Simulation::Make(Series(Days(4, 1.3), minutes(15)), Options(minutes(15))).value();
  const auto of_base = MakeFamilies("loadcurve", base.inputs()).value();
  const auto of_more = MakeFamilies("loadcurve", more.inputs()).value();
  for (std::size_t knob = 0; knob < of_base[0]->KnobNames().size(); ++knob) {
    const auto fewer = base.Run(*of_base[0], knob).measures.replica_hours;
    EXPECT_GT(more.Run(*of_more[0], knob).measures.replica_hours, fewer);
  }
}

TEST(Loadcurve, BuysMoreInAllWhereAShortageCostsMore) {
  const auto simulation =
      Simulation::Make(Series(Days(4), minutes(15)), Options(minutes(15))).value();
  const auto families = MakeFamilies("loadcurve", simulation.inputs()).value();
  // Not in each step: who has more takes more back, and may have one less in the next.
  double last = 0;
  for (std::size_t knob = 0; knob < families[0]->KnobNames().size(); ++knob) {
    const double hours = simulation.Run(*families[0], knob).measures.replica_hours;
    EXPECT_GE(hours, 0.999 * last) << knob;
    last = hours;
  }
}

TEST(SimulationMake, RefusesWhatCannotBeSimulated) {
  TwinOptions options;  // no capacity
  EXPECT_THAT(Simulation::Make(Series({1, 2}), options).error().message,
              testing::HasSubstr("per replica is 0"));
  options = Options(minutes(1));
  options.warm_up = minutes(2);
  EXPECT_FALSE(Simulation::Make(Series({1, 2}), options));
  options = Options(minutes(1));
  options.capacity_error = Ratio(1);
  EXPECT_FALSE(Simulation::Make(Series({1, 2}), options));
  EXPECT_FALSE(Simulation::Make(Series({std::nan("")}), Options(minutes(1))));
  options = Options(minutes(1));
  options.nodes = NodeLimits{.standing = 3, .most = 2};
  EXPECT_THAT(Simulation::Make(Series({1, 2}), options).error().message,
              testing::HasSubstr("of 2 nodes at most, 3 are always there"));
}

}  // namespace
}  // namespace loadcurve::twin
