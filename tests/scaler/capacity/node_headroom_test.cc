#include "scaler/capacity/node_headroom.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <optional>
#include <vector>

#include "scaler/need_ahead.h"
#include "tests/support/checkout_fields.h"

namespace loadcurve::capacity {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;

const TimePoint kStart(std::chrono::hours(500'000));
constexpr Duration kKeep = minutes(10);

HeadroomLook Look(Duration at, int present, int need, bool may_shrink = true) {
  return {kStart + at, Replicas(present), Replicas(need), may_shrink};
}

TEST(NodeHeadroom, GrowsWithTheGapAtOnce) {
  NodeHeadroom headroom(kKeep);
  EXPECT_EQ(headroom.Next(Look(seconds(0), 10, 10)), Replicas(0));
  EXPECT_EQ(headroom.Next(Look(seconds(15), 10, 16)), Replicas(6));
  EXPECT_EQ(headroom.Next(Look(seconds(30), 10, 18)), Replicas(8));
}

TEST(NodeHeadroom, IsUsedUpByTheReplicasThatCome) {
  NodeHeadroom headroom(kKeep);
  headroom.Next(Look(seconds(0), 10, 16));
  EXPECT_EQ(headroom.Next(Look(seconds(15), 14, 16)), Replicas(2));
  EXPECT_EQ(headroom.Next(Look(seconds(30), 16, 16)), Replicas(0));
  // Fewer than it was kept for: what came is counted once.
  headroom.Next(Look(seconds(45), 16, 20));
  EXPECT_EQ(headroom.Next(Look(seconds(60), 25, 20)), Replicas(0));
}

TEST(NodeHeadroom, GivesBackSlowlyAndNotInDoubt) {
  NodeHeadroom headroom(kKeep);
  headroom.Next(Look(minutes(0), 10, 16));
  EXPECT_EQ(headroom.Next(Look(minutes(1), 10, 12)), Replicas(6));
  EXPECT_EQ(headroom.Next(Look(minutes(10), 10, 12)), Replicas(6)) << "needed 10 minutes ago";
  EXPECT_EQ(headroom.Next(Look(minutes(11), 10, 12, false)), Replicas(6));
  EXPECT_EQ(headroom.Next(Look(minutes(12), 10, 12)), Replicas(2));
  EXPECT_EQ(headroom.Next(Look(minutes(14), 10, 10)), Replicas(2));
  EXPECT_EQ(headroom.Next(Look(minutes(21), 10, 10)), Replicas(2)) << "it changed 9 minutes ago";
  EXPECT_EQ(headroom.Next(Look(minutes(23), 10, 10)), Replicas(0));
}

TEST(NodeHeadroom, GoesOnWhereAnotherProcessEnded) {
  NodeHeadroom headroom(kKeep);
  headroom.Resume(kStart, Replicas(6));
  EXPECT_EQ(headroom.Next(Look(seconds(15), 10, 10)), Replicas(6));
  EXPECT_EQ(headroom.Next(Look(minutes(10), 10, 10)), Replicas(6));
  EXPECT_EQ(headroom.Next(Look(minutes(11), 10, 10)), Replicas(0));
}

// ---- scenarios: a workload, a forecast of it, an autoscaler that orders nodes for what is ahead

// What came of an hour and more, second by second.
struct Outcome {
  int raised = 0;                        // times that what is ahead grew
  int lowered = 0;                       // without being used
  double waiting_pod_seconds = 0;        // of replicas that had no node
  std::optional<TimePoint> first_order;  // of a node ahead
  double spare_pod_seconds = 0;          // of nodes that were there for nothing
};

struct Scenario {
  std::function<double(TimePoint)> load;
  std::function<double(TimePoint from, TimePoint asked_at)> forecast;
  Duration boot = seconds(90);
  Duration length = minutes(60);
  bool orders_ahead = true;
};

constexpr double kCarried = 7;  // CheckoutFields
constexpr Duration kLooks = seconds(15);

std::int64_t Pods(double load) {
  return static_cast<std::int64_t>(std::ceil(load / kCarried - 1e-9));
}

// Replicas are ordered a start-up (60 s) ahead by a perfect decision, so that only nodes are at
// stake. A node holds one replica and is there `boot` after its order.
Outcome Play(const Scenario& scenario) {
  const ScalingProfileFields fields = CheckoutFields();
  NodeHeadroom headroom(kKeep);
  Outcome outcome;
  std::int64_t before = 0;
  std::int64_t nodes = Pods(scenario.load(kStart));
  std::vector<TimePoint> coming;
  for (TimePoint now = kStart; now < kStart + scenario.length; now += seconds(1)) {
    std::int64_t pods = 0;
    for (Duration ahead{0}; ahead <= fields.startup; ahead += seconds(5))
      pods = std::max(pods, Pods(scenario.load(now + ahead)));
    nodes += std::erase_if(coming, [&](TimePoint ready) { return ready <= now; });
    const bool looks = (now - kStart) % kLooks == Duration(0);
    if (looks && scenario.orders_ahead) {
      std::vector<double> path;
      for (Duration ahead{0}; ahead < minutes(10); ahead += minutes(1))
        path.push_back(scenario.forecast(now + ahead, now));
      const auto forecast =
          Forecast::Make({now, minutes(1), {0.95}, std::move(path), "occupancy-100ms"}).value();
      const NeedAhead need = NeedAheadOf(fields, {.now = now,
                                                  .boot = scenario.boot + minutes(1),
                                                  .forecast = &forecast,
                                                  .measured = MetricsQps(scenario.load(now))});
      const Replicas present_before(before);
      const std::int64_t was = headroom.ahead().value();
      const std::int64_t is = headroom.Next({now, Replicas(pods), need.replicas, true}).value();
      const std::int64_t used = std::max<std::int64_t>(0, pods - present_before.value());
      outcome.raised += is > was ? 1 : 0;
      outcome.lowered += is < std::max<std::int64_t>(0, was - used) ? 1 : 0;
      if (is > 0 && !outcome.first_order) outcome.first_order = now;
      before = pods;
    }
    // The autoscaler keeps room for the pods and for what is ahead, and takes nodes away that
    // neither needs.
    const std::int64_t wanted = pods + headroom.ahead().value();
    while (nodes + static_cast<std::int64_t>(coming.size()) < wanted)
      coming.push_back(now + scenario.boot);
    nodes = std::min(nodes, wanted);
    outcome.waiting_pod_seconds += static_cast<double>(std::max<std::int64_t>(0, pods - nodes));
    outcome.spare_pod_seconds += static_cast<double>(std::max<std::int64_t>(0, nodes - pods));
  }
  return outcome;
}

// 70, and from ten minutes on 60 % more.
double Step(TimePoint time) {
  return time < kStart + minutes(10) ? 70 : 112;
}

TEST(NodesAheadOfTheLoad, AreThereBeforeAStepThatWasForeseen) {
  Scenario scenario{.load = Step, .forecast = [](TimePoint from, TimePoint) { return Step(from); }};
  const Outcome ours = Play(scenario);
  EXPECT_EQ(ours.waiting_pod_seconds, 0);
  ASSERT_TRUE(ours.first_order);
  // Replicas are ordered at nine minutes; a node that is ordered 90 s earlier is ready then.
  EXPECT_LE(*ours.first_order, kStart + minutes(9) - seconds(90));
  EXPECT_GE(*ours.first_order, kStart + minutes(6)) << "and not for nothing much earlier";
  EXPECT_EQ(ours.raised, 1);
  EXPECT_EQ(ours.lowered, 0) << "all of it was used";

  scenario.orders_ahead = false;
  // Six replicas wait 90 s for a node.
  EXPECT_NEAR(Play(scenario).waiting_pod_seconds, 6 * 90, 6);
}

TEST(NodesAheadOfTheLoad, AreBoughtOnceAndReturnedOnceForAForecastThatWasWrong) {
  // From minute ten to minute twenty twice the load is foretold, which never comes.
  const auto foretold = [](TimePoint, TimePoint asked_at) {
    return asked_at >= kStart + minutes(10) && asked_at < kStart + minutes(20) ? 140.0 : 70.0;
  };
  const Outcome outcome = Play({.load = [](TimePoint) { return 70.0; }, .forecast = foretold});
  EXPECT_EQ(outcome.raised, 1);
  EXPECT_EQ(outcome.lowered, 1);
  EXPECT_EQ(outcome.waiting_pod_seconds, 0);
  // Ten replicas for the ten minutes that it was foretold, ten more that it is kept, and at most
  // two looks.
  EXPECT_LE(outcome.spare_pod_seconds, 10 * (20 * 60 + 30));
}

TEST(NodesAheadOfTheLoad, DoNotFlapWithAForecastThatDoes) {
  // Every other minute 140 is foretold, else 70.
  const auto restless = [](TimePoint, TimePoint asked_at) {
    return (asked_at - kStart) / minutes(1) % 2 == 0 ? 140.0 : 70.0;
  };
  const Outcome outcome = Play({.load = [](TimePoint) { return 70.0; }, .forecast = restless});
  EXPECT_EQ(outcome.raised, 1);
  EXPECT_EQ(outcome.lowered, 0);
}

TEST(NodesAheadOfTheLoad, FallBackToWhatIsMeasuredWhenTheForecasterIsSilent) {
  NodeHeadroom headroom(kKeep);
  const ScalingProfileFields fields = CheckoutFields();
  headroom.Next(Look(minutes(0), 10, 16));
  // No forecast any more, and the load has risen to 140: within one look twenty are held, and
  // however long it lasts nothing is given back.
  for (int minute = 1; minute < 60; ++minute) {
    const NeedAhead need = NeedAheadOf(
        fields, {.now = kStart + minutes(minute), .boot = minutes(2), .measured = MetricsQps(140)});
    EXPECT_FALSE(need.is_foreseen);
    const Replicas ahead =
        headroom.Next({kStart + minutes(minute), Replicas(10), need.replicas, need.is_foreseen});
    EXPECT_EQ(Replicas(10) + ahead, Replicas(20));
  }
}

// T4: half of what comes is foretold, and no look holds less than what is measured.
TEST(NodesAheadOfTheLoad, AreNeverFewerThanWhatIsMeasuredWhereAForecastIsTooLow) {
  const auto load = [](TimePoint time) { return time < kStart + minutes(10) ? 70.0 : 140.0; };
  NodeHeadroom headroom(kKeep);
  const ScalingProfileFields fields = CheckoutFields();
  for (int minute = 0; minute < 60; ++minute) {
    const TimePoint now = kStart + minutes(minute);
    const auto forecast =
        Forecast::Make({now, minutes(1), {0.95}, std::vector<double>(10, 70.0), "occupancy-100ms"})
            .value();
    const NeedAhead need = NeedAheadOf(
        fields,
        {.now = now, .boot = minutes(2), .forecast = &forecast, .measured = MetricsQps(load(now))});
    const Replicas ahead = headroom.Next({now, Replicas(10), need.replicas, need.is_foreseen});
    EXPECT_EQ(Replicas(10) + ahead, Replicas(minute < 10 ? 10 : 20)) << minute;
  }
}

}  // namespace
}  // namespace loadcurve::capacity
