// Releases of a made-up service, through the whole loop of a workload.

#include "scaler/online_capacity.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <memory>
#include <numbers>
#include <random>

#include "scaler/workload_loop.h"
#include "tests/support/scripted_metric_source.h"

namespace loadcurve {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;
using ::testing::AllOf;
using ::testing::Ge;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Le;

constexpr Duration kStep = seconds(15);
const TimePoint kStart(hours(500'000));

struct Costs {
  LearningMode mode = LearningMode::kOnline;
  double per_replica = 10;
  BindingResource binding = BindingResource::kCpu;
};

// Requests are held for 100 ms and weigh 1; of them one replica carries 10 a second at 0.7 of its
// CPU.
ScalingProfile Checkout(const Costs& costs = {}) {
  ScalingProfileFields fields{
      .load = {.weights = RequestWeights::Occupancy(std::chrono::milliseconds(100)).value()}};
  fields.metadata.name = "checkout";
  ReplicaCapacity capacity;
  capacity.load = capacity.low = capacity.high = MetricsQps(costs.per_replica);
  capacity.binding = costs.binding;
  if (costs.binding == BindingResource::kSlots) capacity.slots = BusySlots(64);
  capacity.weights_version = fields.load.Scale();
  capacity.target_share = Ratio(0.7);
  fields.load.per_replica = capacity;
  fields.load.source.kind = "prometheus";
  fields.load.source.prometheus.emplace().preset = "spring";
  fields.load.capacity_mode = costs.mode;
  fields.forecast.step = kStep;
  return ScalingProfile::Make(fields).value();
}

// What the service is at each time: a replica burns 0.05 cores, and 0.063 for each request a
// second, of a limit of one core. The replicas are what was decided a step before.
class World {
 public:
  explicit World(const ScalingProfile& profile = Checkout(), unsigned seed = 1)
      : profile_(profile), seed_(seed) {
    script_.qps = [this](TimePoint at) { return std::optional(Qps(at)); };
    Elect({});
  }

  // Another process begins with what the status kept.
  void Elect(const CapacityReport& kept) {
    loop_.emplace(WorkloadLoop::Make(profile_,
                                     std::make_unique<ScriptedMetricSource>(script_, kStep),
                                     {.history = hours(1)}, std::make_unique<Cpu>(*this))
                      .value());
    loop_->Resume(kept);
  }

  // From now on all pods are of this revision, after two minutes with some of both.
  void Release(const std::string& revision, double cost) {
    observed.is_rolling_out = true;
    observed.revision = revision;
    RunFor(minutes(2));
    observed.is_rolling_out = false;
    cost_ = cost;
    released = now;
  }

  void RunFor(Duration span) {
    const TimePoint end = now + span;
    while (now < end) Tick();
  }

  // Until news of a revision, at most so long.
  std::optional<RevisionNews> NewsWithin(Duration most) {
    const auto before = report().news;
    const TimePoint end = now + most;
    while (now < end) {
      Tick();
      if (report().news != before) return report().news;
    }
    return std::nullopt;
  }

  double Qps(TimePoint at) const {
    const double hour = Seconds(at - kStart) / 3600;
    const double noise = std::sin(Seconds(at - kStart) / 15 * 1.7);
    return qps * (1 + 0.25 * std::sin(2 * std::numbers::pi * hour) + 0.04 * noise);
  }

  const CapacityReport& report() const { return *status.capacity; }
  double share() const { return *report().planned / *report().profile; }

  TimePoint now = kStart;
  TimePoint released = kStart;
  double qps = 80;
  CpuCores limit{1};
  bool has_cpu = true;
  bool follows = true;  // the count follows the decisions
  ScaleObservation observed{.current = Replicas(12), .ready = Replicas(12), .revision = "a"};
  WorkloadStatus status;

 private:
  class Cpu final : public CpuSource {
   public:
    explicit Cpu(const World& world) : world_(world) {}
    [[nodiscard]] Result<MeasuredCpu> Read(TimePoint since, TimePoint until, Duration) override {
      if (!world_.has_cpu) return Fail(ErrorCode::kNotFound, "cAdvisor counts nothing");
      MeasuredCpu cpu;
      for (TimePoint at = since; at < until; at += kStep)
        cpu.samples.push_back({.from = at,
                               .to = at + kStep,
                               .used = world_.Used(at),
                               .replicas = world_.observed.ready});
      cpu.limit = world_.limit;
      return cpu;
    }

   private:
    const World& world_;
  };

  CpuCores Used(TimePoint at) const {
    std::mt19937_64 random(static_cast<std::uint64_t>(at.time_since_epoch() / kStep) * 977 + seed_);
    std::normal_distribution<double> normal;
    // Twice as much at first.
    const double age = Seconds(at - released);
    const double warming = 1 + (released == kStart ? 0 : std::exp(-age / 60));
    const auto replicas = static_cast<double>(observed.ready.value());
    return CpuCores((0.05 * replicas + 0.063 * cost_ * Qps(at)) * warming *
                    std::exp(0.05 * normal(random)));
  }

  void Tick() {
    now += kStep;
    loop_->Expect(observed);
    status = loop_->Step(now + seconds(1), observed.current);
    ASSERT_THAT(status.problems, IsEmpty());
    if (follows && status.decision) observed.current = observed.ready = status.decision->desired;
  }

  ScalingProfile profile_;
  unsigned seed_;
  ScriptedMetricSource::Script script_;
  double cost_ = 1;
  std::optional<WorkloadLoop> loop_;
};

TEST(OnlineCapacity, FindsAReleaseThatCostsAFifthMoreWithinTenMinutesAndTheCountFollows) {
  World world;
  world.RunFor(hours(3));
  ASSERT_EQ(world.share(), 1);

  world.Release("b", 1.2);
  const auto news = world.NewsWithin(minutes(10));
  ASSERT_TRUE(news);
  EXPECT_EQ(news->change, CapacityChange::kLower);
  EXPECT_EQ(news->before, "a");
  EXPECT_EQ(news->after, "b");
  EXPECT_NEAR(news->cpu_ratio, 1.2, 0.1);
  // By the upper end of the interval: 1 / 1.2 and no more than that.
  EXPECT_THAT(world.share(), AllOf(Ge(1 / 1.35), Le(1 / 1.15)));
  EXPECT_THAT(world.status.decision->reasons.front().why,
              HasSubstr("by revision 'b' it carries 0."));
  EXPECT_THAT(world.report().why, HasSubstr("times the CPU that it did in 'a'"));

  World as_before(Checkout({LearningMode::kObserve}));
  as_before.RunFor(hours(3));
  as_before.Release("b", 1.2);
  world.RunFor(minutes(50));
  as_before.RunFor(world.now - as_before.now);
  const auto now = static_cast<double>(world.observed.current.value());
  const auto then = static_cast<double>(as_before.observed.current.value());
  EXPECT_THAT(now / then, AllOf(Ge(1.1), Le(1.4)));
}

TEST(OnlineCapacity, StandsOnTheProfileWhereAReleaseChangesNothing) {
  for (unsigned seed = 1; seed <= 5; ++seed) {
    World world(Checkout(), seed);
    world.RunFor(hours(2));
    world.Release("b", 1);
    const auto news = world.NewsWithin(minutes(60));
    ASSERT_TRUE(news) << seed;
    EXPECT_EQ(news->change, CapacityChange::kUnchanged) << seed;
    EXPECT_EQ(world.share(), 1) << seed;
  }
}

TEST(OnlineCapacity, IsRaisedByTheLowerEndOnlyAndWhereCpuBinds) {
  World world;
  World by_slots(Checkout({.binding = BindingResource::kSlots}));
  for (World* one : {&world, &by_slots}) {
    one->follows = false;
    one->RunFor(hours(3));
    one->Release("b", 0.8);
    const auto news = one->NewsWithin(minutes(30));
    ASSERT_TRUE(news);
    EXPECT_EQ(news->change, CapacityChange::kHigher);
  }
  EXPECT_THAT(world.share(), AllOf(Ge(1.05), Le(1.25)));
  EXPECT_LT(world.share(), 1 / world.report().news->cpu_ratio);
  EXPECT_EQ(by_slots.share(), 1);
}

TEST(OnlineCapacity, TellsAndChangesNothingWhereItIsObservedOnly) {
  World world(Checkout({LearningMode::kObserve}));
  world.RunFor(hours(3));
  world.Release("b", 1.3);
  const auto news = world.NewsWithin(minutes(15));
  ASSERT_TRUE(news);
  EXPECT_EQ(news->change, CapacityChange::kLower);
  EXPECT_EQ(world.share(), 1);
  EXPECT_THAT(world.report().why, HasSubstr("observed only; it would be "));
  EXPECT_FALSE(world.report().since);
}

TEST(OnlineCapacity, GoesBackWithARollback) {
  World world;
  world.RunFor(hours(3));
  world.Release("b", 1.4);
  ASSERT_TRUE(world.NewsWithin(minutes(15)));
  EXPECT_LT(world.share(), 0.8);
  EXPECT_TRUE(world.report().since);
  world.Release("a", 1);
  world.RunFor(minutes(5));
  EXPECT_EQ(world.share(), 1);
  EXPECT_FALSE(world.report().since);
}

TEST(OnlineCapacity, BeginsANextReleaseWithWhatTheOneBeforeWasWorth) {
  World world;
  world.RunFor(hours(3));
  world.Release("b", 1.4);
  ASSERT_TRUE(world.NewsWithin(minutes(15)));
  world.RunFor(hours(2));
  const double before = world.share();
  world.Release("c", 1.4);
  world.RunFor(minutes(5));
  EXPECT_EQ(world.report().revision, "c");
  EXPECT_NEAR(world.share(), before, 1e-9);
  const auto news = world.NewsWithin(minutes(60));
  ASSERT_TRUE(news);
  EXPECT_EQ(news->change, CapacityChange::kUnchanged);
  EXPECT_NEAR(world.share(), before, 1e-9);
}

TEST(OnlineCapacity, FallsWithTheCpuLimitAtOnce) {
  World world;
  world.RunFor(hours(2));
  world.limit = CpuCores(0.5);
  world.Release("b", 1);
  world.RunFor(minutes(5));
  EXPECT_NEAR(world.share(), 0.5, 1e-9);
  EXPECT_THAT(world.report().why, HasSubstr("the CPU limit of a replica is 0.5 of that in 'a'"));
}

TEST(OnlineCapacity, GoesOnAfterARestartAndForgetsForAnotherProfile) {
  World world;
  world.RunFor(hours(3));
  world.Release("b", 1.3);
  ASSERT_TRUE(world.NewsWithin(minutes(15)));
  const CapacityReport kept = world.report();
  const Replicas before = world.observed.current;
  world.Elect(kept);
  world.RunFor(seconds(30));
  EXPECT_NEAR(world.share(), *kept.planned / *kept.profile, 1e-9);
  EXPECT_EQ(world.report().news, kept.news);
  // The comparison goes on, and finds out better.
  world.RunFor(minutes(10));
  EXPECT_NEAR(world.share(), 1 / 1.3, 0.02);
  EXPECT_GE(world.observed.current.value(), before.value() - 2);

  World other(Checkout({.per_replica = 12}));
  other.Elect(kept);
  other.RunFor(minutes(1));
  EXPECT_EQ(other.share(), 1);
}

TEST(OnlineCapacity, FindsAReleaseThroughARestartInTheMiddle) {
  World whole;
  World restarted;
  for (World* world : {&whole, &restarted}) {
    world->RunFor(hours(3));
    world->Release("b", 1.2);
    world->RunFor(minutes(5));
    ASSERT_FALSE(world->report().news);
    if (world == &restarted) world->Elect(CapacityReport(world->report()));
  }
  const auto without = whole.NewsWithin(minutes(10));
  const auto with = restarted.NewsWithin(minutes(10));
  ASSERT_TRUE(without && with);
  EXPECT_EQ(with->change, CapacityChange::kLower);
  EXPECT_EQ(with->before, "a");
  EXPECT_NEAR(with->cpu_ratio, 1.2, 0.1);
  EXPECT_LE(with->at - without->at, minutes(2));
  EXPECT_THAT(restarted.share(), AllOf(Ge(1 / 1.35), Le(1 / 1.15)));
}

TEST(OnlineCapacity, FindsAReleaseThatCameWithARestart) {
  World world;
  world.RunFor(hours(3));
  const CapacityReport kept = world.report();
  world.observed.revision = "";
  world.Elect(kept);
  world.Release("b", 1.2);
  const auto news = world.NewsWithin(minutes(10));
  ASSERT_TRUE(news);
  EXPECT_EQ(news->change, CapacityChange::kLower);
  EXPECT_EQ(news->before, "a");
  EXPECT_THAT(world.share(), AllOf(Ge(1 / 1.35), Le(1 / 1.15)));
  // And back: a restart after it was told takes nothing back.
  world.RunFor(minutes(20));
  const double share = world.share();
  world.Elect(CapacityReport(world.report()));
  world.RunFor(minutes(20));
  EXPECT_NEAR(world.share(), share, 0.03 * share);
  world.Release("a", 1);
  world.RunFor(minutes(5));
  EXPECT_NEAR(world.share(), 1, 0.04);
}

TEST(OnlineCapacity, IsTheProfilesWhereCpuOrRevisionsAreNotKnown) {
  World world;
  world.has_cpu = false;
  world.RunFor(minutes(10));
  EXPECT_EQ(world.share(), 1);
  EXPECT_EQ(world.report().why, "cAdvisor counts nothing");
  World nameless;
  nameless.observed.revision = "";
  nameless.RunFor(minutes(10));
  EXPECT_EQ(nameless.share(), 1);
  EXPECT_EQ(nameless.report().revision, "");
  EXPECT_EQ(nameless.report().why, "no window was observed yet");
}

TEST(OnlineCapacity, GivesNothingUpWhileNewReplicasWarmUp) {
  World world;
  world.RunFor(hours(2));
  const Replicas before = world.observed.current;
  world.Release("b", 1);
  world.qps /= 2;
  world.RunFor(minutes(2));
  EXPECT_GE(world.observed.current, before);
  EXPECT_THAT(world.status.decision->reasons.back().why, HasSubstr("new replicas warm up until"));
  world.RunFor(minutes(20));
  EXPECT_LT(world.observed.current, before);
}

}  // namespace
}  // namespace loadcurve
