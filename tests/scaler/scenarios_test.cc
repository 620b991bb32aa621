// The loop of one workload in simulated time, with a service that has a capacity of its own.
// Invariants are asserted at each tick of each scenario.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <deque>
#include <functional>
#include <map>
#include <numbers>

#include "scaler/workload_loop.h"
#include "tests/support/checkout_fields.h"

namespace loadcurve {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

const TimePoint kStart(hours(500'000));

// What one minute of requests looked like.
struct Served {
  double requests = 0;  // a second
  double errors = 0;    // of these
  double mean_seconds = 0.1;
  double in_flight = 0;
};

// What a service told of its minutes, as a source reads it.
class TellingSource final : public MetricSource {
 public:
  explicit TellingSource(std::map<TimePoint, Served>& told, bool& is_silent)
      : told_(told), is_silent_(is_silent) {}

  [[nodiscard]] Result<Measurement> Read(TimePoint since, TimePoint until) override {
    if (is_silent_) return Fail(ErrorCode::kUnavailable, "nobody answers");
    MeasuredRequests measured{RequestCounts::Make(DurationBounds::Default(), minutes(1)).value()};
    const auto well = measured.counts.Intern("", "", RequestClass::kServed);
    const auto bad = measured.counts.Intern("", "", RequestClass::kError);
    for (auto at = told_.lower_bound(since); at != told_.end() && at->first < until; ++at) {
      const Served& served = at->second;
      const std::int64_t window = measured.counts.WindowOf(at->first);
      measured.in_flight = BusySlots(served.in_flight);
      if (served.requests < 1e-3) measured.idle_windows.push_back(window);
      Add(measured.counts, window, well, served.requests - served.errors, served.mean_seconds);
      Add(measured.counts, window, bad, served.errors, 0.002);
    }
    return measured;
  }

 private:
  static void Add(RequestCounts& counts, std::int64_t window, RequestCounts::SeriesId series,
                  double rate, double mean_seconds) {
    const auto count = static_cast<std::uint64_t>(std::max(0.0, rate) * 60 + 0.5);
    if (count == 0) return;
    const Duration mean(static_cast<std::int64_t>(mean_seconds * 1e6));
    RequestCell cell;
    cell.count = count;
    cell.duration_us = count * static_cast<std::uint64_t>(mean.count());
    counts.AddCell(window, series, counts.bounds().BucketOf(mean), cell);
  }

  std::map<TimePoint, Served>& told_;
  bool& is_silent_;
};

// A replica is thought to carry 10 requests a second of 100 ms, planned at 0.7 of that. Weights
// count requests, so that slow answers are no load.
ScalingProfile Profile() {
  ScalingProfileFields fields =
      CheckoutFields(RequestWeights::Table({{Duration::max(), 1, 1, 1}}).value());
  fields.metadata.name = "web";
  fields.startup = minutes(1);
  fields.bounds = {Replicas(2), Replicas(60)};
  fields.behavior.scale_up.max_step = Replicas(25);
  fields.behavior.scale_down.max_step = Replicas(8);
  return ScalingProfile::Make(fields).value();
}

struct World {
  explicit World(std::function<double(Duration)> demand) : qps(std::move(demand)) {
    for (TimePoint at = kStart - hours(24); at < kStart; at += minutes(1))
      told[at] = {.requests = qps(at - kStart), .in_flight = qps(at - kStart) / 10};
    Lead();
    replicas = Replicas(static_cast<std::int64_t>(std::ceil(qps(Duration(0)) / 7)));
    ready = {{kStart, replicas}};
  }

  // Another process that knows what the source still has.
  void Lead() {
    loop.emplace(WorkloadLoop::Make(Profile(), std::make_unique<TellingSource>(told, is_silent),
                                    {.history = hours(24)})
                     .value());
  }

  // The least that was ready in the minute: what is ordered comes a start-up later, what is given
  // up goes at once.
  double Ready(TimePoint from) const {
    std::int64_t least = replicas.value();
    for (const auto& [at, count] : ready)
      if (at > from - startup) least = std::min(least, count.value());
    std::int64_t before = least;
    for (const auto& [at, count] : ready)
      if (at <= from - startup) before = count.value();
    return static_cast<double>(std::min(least, before));
  }

  void Serve(TimePoint minute) {
    const double wanted = qps(minute - kStart);
    const double carries = Ready(minute) * capacity;
    const double served = std::min(wanted, carries);
    const double waits = std::max(0.0, wanted - carries) * 30;
    if (waits > 0) ++short_minutes;
    const double slow = mean_seconds * (carries > 0 ? 1 + waits / carries : 1);
    told[minute] = {served, served * error_share, slow, served * mean_seconds + waits};
  }

  WorkloadStatus RunFor(Duration span) {
    WorkloadStatus status;
    for (const TimePoint end = now + span; now < end;) {
      Serve(now);
      now += minutes(1);
      status = loop->Step(now + jump + seconds(5), replicas);
      Check(status);
      if (!status.decision) continue;
      fewest = std::min(fewest, status.decision->desired);
      most = std::max(most, status.decision->desired);
      if (status.decision->desired != replicas) ++changes;
      replicas = status.decision->desired;
      ready.push_back({now, replicas});
      while (ready.size() > 30) ready.pop_front();
    }
    return status;
  }

  void Check(const WorkloadStatus& status) {
    ASSERT_TRUE(status.decision);
    const ReplicaDecision& decision = *status.decision;
    EXPECT_GE(decision.desired, Replicas(2));
    EXPECT_LE(decision.desired, Replicas(60));
    EXPECT_LE(decision.desired - decision.current, Replicas(25));
    EXPECT_LE(decision.current - decision.desired, Replicas(8));
    if (!MayShrinkOn(status.evidence.kind)) {
      EXPECT_GE(decision.desired, decision.current) << Name(status.evidence.kind);
    }
    Replicas at = decision.current;
    ASSERT_FALSE(decision.reasons.empty());
    for (const DecisionReason& reason : decision.reasons) {
      EXPECT_EQ(reason.before, at);
      EXPECT_FALSE(reason.why.empty());
      at = reason.after;
    }
    EXPECT_EQ(at, decision.desired);
  }

  void Forget() {
    fewest = most = replicas;
    changes = 0;
    short_minutes = 0;
  }

  std::function<double(Duration)> qps;
  double capacity = 10;
  double mean_seconds = 0.1;
  double error_share = 0;
  Duration startup = minutes(1);
  bool is_silent = false;
  Duration jump{0};
  std::map<TimePoint, Served> told;
  std::optional<WorkloadLoop> loop;
  TimePoint now = kStart;
  Replicas replicas;
  std::deque<std::pair<TimePoint, Replicas>> ready;
  Replicas fewest{1'000'000};
  Replicas most{0};
  int changes = 0;
  int short_minutes = 0;
};

double Hours(Duration span) {
  return Seconds(span) / 3600;
}

TEST(Scenario, Step) {
  World world([](Duration at) { return at < minutes(30) ? 70.0 : 140.0; });
  world.RunFor(hours(1));
  EXPECT_GE(world.replicas, Replicas(20));
  EXPECT_LE(world.replicas, Replicas(26));
  EXPECT_LE(world.short_minutes, 4) << "a minute of metrics, one of start-up";
}

TEST(Scenario, Ramp) {
  World world([](Duration at) { return 70 + 70 * std::clamp(Hours(at), 0.0, 2.0); });
  world.RunFor(hours(3));
  EXPECT_EQ(world.short_minutes, 0);
  EXPECT_GE(world.replicas, Replicas(30));
}

TEST(Scenario, Diurnal) {
  World world(
      [](Duration at) { return 140 - 70 * std::cos(2 * std::numbers::pi * Hours(at) / 24); });
  world.RunFor(hours(24));
  EXPECT_EQ(world.short_minutes, 0);
  EXPECT_GE(world.most, Replicas(30));
  EXPECT_LE(world.fewest, Replicas(13));
}

TEST(Scenario, SpikeAndFlashCrowd) {
  World world([](Duration at) {
    const bool is_spike = at >= minutes(30) && at < minutes(32);
    const bool is_crowd = at >= minutes(90) && at < minutes(150);
    return is_crowd ? 280.0 : is_spike ? 140.0 : 70.0;
  });
  world.RunFor(minutes(100));
  EXPECT_GE(world.replicas, Replicas(40));
  world.RunFor(minutes(80));
  EXPECT_LE(world.replicas, Replicas(15)) << "what came for the crowd goes with it";
}

TEST(Scenario, LevelShiftDown) {
  World world([](Duration at) { return at < minutes(30) ? 140.0 : 56.0; });
  world.RunFor(minutes(60));
  EXPECT_GE(world.replicas, Replicas(8));
  EXPECT_LE(world.replicas, Replicas(11));
  EXPECT_EQ(world.short_minutes, 0);
}

TEST(Scenario, OutageAndReturn) {
  World world([](Duration at) { return at >= hours(1) && at < minutes(115) ? 0.0 : 140.0; });
  world.RunFor(hours(1));
  world.Forget();
  world.RunFor(hours(2));
  EXPECT_GE(world.fewest, Replicas(20)) << "no collapse";
  EXPECT_LE(world.most, Replicas(25)) << "and no runaway";
  EXPECT_EQ(world.short_minutes, 0);
}

TEST(Scenario, ClockJump) {
  World world([](Duration) { return 140.0; });
  world.RunFor(hours(1));
  world.Forget();
  for (const Duration jump : {Duration(hours(3)), Duration(0), Duration(-hours(3)), Duration(0)}) {
    world.jump = jump;
    world.RunFor(minutes(20));
  }
  EXPECT_GE(world.fewest, Replicas(20));
  EXPECT_LE(world.most, Replicas(25));
}

TEST(Scenario, StaleMetricsAndAHigherLoadAfterThem) {
  World world([](Duration at) { return at < minutes(90) ? 140.0 : 210.0; });
  world.RunFor(hours(1));
  world.is_silent = true;
  world.Forget();
  world.RunFor(hours(1));
  EXPECT_GE(world.fewest, Replicas(20));
  world.is_silent = false;
  world.RunFor(minutes(3));
  EXPECT_GE(world.replicas, Replicas(30));
}

TEST(Scenario, LeaderChangeInTheMiddleOfAnOutage) {
  World world([](Duration at) { return at < hours(1) ? 140.0 : 0.0; });
  world.RunFor(minutes(75));
  world.Lead();
  const WorkloadStatus status = world.RunFor(minutes(30));
  EXPECT_EQ(status.evidence.kind, EvidenceKind::kUpstreamOutage);
  EXPECT_GE(world.replicas, Replicas(20));
  world.RunFor(minutes(45));
  EXPECT_EQ(world.replicas, Replicas(2)) << "an outage is not waited for for ever";
}

TEST(Scenario, SlowStart) {
  World world([](Duration at) { return at < minutes(30) ? 70.0 : 140.0; });
  world.startup = minutes(8);  // the profile says one
  world.RunFor(hours(1));
  EXPECT_GE(world.fewest, Replicas(10));
  EXPECT_GE(world.replicas, Replicas(20));
  EXPECT_LE(world.most, Replicas(30)) << "what is on its way is not ordered again and again";
}

TEST(Scenario, DependencyBound) {
  World world([](Duration) { return 140.0; });
  world.RunFor(hours(1));
  world.Forget();
  world.mean_seconds = 0.8;  // eight times as long, and nothing less is served
  world.RunFor(hours(2));
  EXPECT_GE(world.fewest, Replicas(20));
  EXPECT_LE(world.most, Replicas(25)) << "replicas do not help, and none is bought";
}

TEST(Scenario, CapacityDropAfterARelease) {
  World world([](Duration) { return 140.0; });
  world.RunFor(hours(1));
  world.Forget();
  world.capacity = 4;  // not 10: what is served falls, and answers are slow
  const WorkloadStatus status = world.RunFor(minutes(50));
  EXPECT_FALSE(MayShrinkOn(status.evidence.kind)) << Name(status.evidence.kind);
  EXPECT_GE(world.fewest, Replicas(20)) << "saturation is no fall of the load";
}

TEST(Scenario, RefusalsAndTheirEnd) {
  World world([](Duration) { return 140.0; });
  world.RunFor(hours(1));
  world.Forget();
  world.error_share = 0.9;
  world.RunFor(hours(2));
  EXPECT_GE(world.fewest, Replicas(20));
  world.error_share = 0;
  world.RunFor(minutes(15));
  EXPECT_GE(world.replicas, Replicas(20));
  EXPECT_LE(world.replicas, Replicas(25));
}

// The same loop but for a tenth more load has at least as many replicas at each minute.
TEST(Scenario, MoreLoadNeverGivesFewerReplicas) {
  const auto load = [](double factor) {
    return [factor](Duration at) {
      return factor * (105 - 35 * std::cos(2 * std::numbers::pi * Hours(at) / 6));
    };
  };
  World less(load(1));
  World more(load(1.1));
  for (int minute = 0; minute < 12 * 60; ++minute) {
    less.RunFor(minutes(1));
    more.RunFor(minutes(1));
    ASSERT_GE(more.replicas, less.replicas) << "in minute " << minute;
  }
}

}  // namespace
}  // namespace loadcurve
