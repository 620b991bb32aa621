// The whole loop of one workload in simulated time, through what services meet. At every tick the
// same holds, whatever happens: see Tick().

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <deque>
#include <functional>
#include <memory>
#include <numbers>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "scaler/workload_loop.h"
#include "tests/support/checkout_fields.h"
#include "tests/support/scripted_metric_source.h"

namespace loadcurve {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

const TimePoint kStart(hours(500'016));  // a midnight
constexpr Duration kTick = minutes(1);
constexpr std::int64_t kMost = 60;

// A replica carries 10 requests a second of 100 ms, planned at 0.7 of that.
ScalingProfile Checkout(Objective objective) {
  ScalingProfileFields fields = CheckoutFields();
  fields.objective = objective;
  fields.bounds = {Replicas(2), Replicas(kMost)};
  fields.behavior.scale_up = {Replicas(8), Ratio(1)};
  fields.behavior.scale_down = {Replicas(4), Ratio(0.25)};
  fields.behavior.scale_down_window = minutes(3);
  return ScalingProfile::Make(fields).value();
}

// A service that gets what is decided, `startup` later, and what is asserted of each decision.
class World {
 public:
  using Load = std::function<std::optional<double>(minutes since_start)>;

  World(Objective objective, Load load) : objective_(std::move(objective)), load_(std::move(load)) {
    script_.qps = [this](TimePoint at) -> std::optional<double> {
      const auto qps = load_(std::chrono::duration_cast<minutes>(at - kStart));
      if (!qps || *qps < 0) return std::nullopt;
      return *qps;
    };
    Elect();
  }

  // Beside this one, the same service under `more` times the load decides for the same counts.
  void Shadow(double more) {
    shadow_script_.qps = [this, more](TimePoint at) -> std::optional<double> {
      const auto qps = script_.qps(at);
      return qps ? std::optional(*qps * more) : std::nullopt;
    };
    shadow_.emplace(Loop(shadow_script_));
  }

  // Another leader begins with nothing but the source and the last need.
  void Elect() {
    loop_.emplace(Loop(script_));
    if (last_need_) loop_->RememberNeed(*last_need_);
  }

  ScriptedMetricSource::Script& script() { return script_; }
  Replicas total() const { return total_; }
  Replicas ready() const { return startup_.empty() ? total_ : std::min(total_, startup_.front()); }
  int short_ticks() const { return short_ticks_; }
  double replica_minutes() const { return replica_minutes_; }
  const std::vector<std::int64_t>& path() const { return path_; }
  void SetStartup(int ticks) { startup_ticks_ = ticks; }
  void JumpClock(Duration by) { clock_error_ += by; }
  Duration age() const { return now_ - kStart; }

  void RunTo(Duration since_start) {
    while (now_ < kStart + since_start) Tick();
  }

 private:
  WorkloadLoop Loop(ScriptedMetricSource::Script& script) const {
    return WorkloadLoop::Make(Checkout(objective_),
                              std::make_unique<ScriptedMetricSource>(script, minutes(1)),
                              {.history = hours(72)})
        .value();
  }

  void Tick() {
    now_ += kTick;
    loop_->Expect(ready());
    const TimePoint told = now_ + seconds(5) + clock_error_;
    const WorkloadStatus status = loop_->Step(told, total_);
    if (shadow_) {
      shadow_->Expect(ready());
      const WorkloadStatus shadow = shadow_->Step(told, total_);
      ASSERT_GE(shadow.decision->desired, status.decision->desired)
          << Story(*shadow.decision) << Story(*status.decision);
    }
    const auto demand = load_(std::chrono::duration_cast<minutes>(now_ - kStart));
    if (demand && *demand / 7 > static_cast<double>(ready().value())) ++short_ticks_;
    replica_minutes_ += static_cast<double>(total_.value());
    if (status.decision) {
      Hold(*status.decision, status);
      total_ = status.decision->desired;
      last_need_ = {now_, status.decision->need};
    }
    startup_.push_back(total_);
    if (startup_.size() > static_cast<std::size_t>(startup_ticks_)) startup_.pop_front();
    path_.push_back(total_.value());
  }

  // What holds at every tick.
  void Hold(const ReplicaDecision& decision, const WorkloadStatus& status) const {
    const std::int64_t before = total_.value();
    const std::int64_t after = decision.desired.value();
    ASSERT_GE(after, 2) << Story(decision);
    ASSERT_LE(after, kMost) << Story(decision);
    // Rate limits: at most 8 or twice as many up, 4 or a quarter down.
    ASSERT_LE(after - before, std::max<std::int64_t>(8, before)) << Story(decision);
    ASSERT_LE(before - after, std::max<std::int64_t>(4, (before + 3) / 4)) << Story(decision);
    // Every change has a reason, and they lead from one count to the other.
    std::int64_t at = before;
    for (const DecisionReason& reason : decision.reasons) {
      ASSERT_EQ(reason.before.value(), at) << Story(decision);
      ASSERT_FALSE(reason.why.empty());
      at = reason.after.value();
    }
    ASSERT_EQ(at, after) << Story(decision);
    ASSERT_FALSE(decision.reasons.empty());
    // Nothing shrinks where the last whole window is missing, old or failing.
    const bool is_stale = !status.latest || now_ + clock_error_ - status.latest->window_start >
                                                minutes(4) + seconds(5);
    const bool is_partial = script_.coverage < kEnoughCoverage || script_.failure.has_value();
    const bool is_doubtful = is_stale || (is_partial && status.coverage < kEnoughCoverage);
    ASSERT_GE(after, is_doubtful ? before : 0) << Story(decision);
  }

  std::string Story(const ReplicaDecision& decision) const {
    std::string story = "minute " + std::to_string(path_.size()) + ": ";
    for (const DecisionReason& reason : decision.reasons)
      story += std::to_string(reason.before.value()) + " -> " +
               std::to_string(reason.after.value()) + " " + std::string(Name(reason.stage)) + ": " +
               reason.why + "\n";
    return story;
  }

  Objective objective_;
  Load load_;
  ScriptedMetricSource::Script script_;
  std::optional<WorkloadLoop> loop_;
  ScriptedMetricSource::Script shadow_script_;
  std::optional<WorkloadLoop> shadow_;
  std::optional<PastNeed> last_need_;
  TimePoint now_ = kStart;
  Duration clock_error_{0};
  Replicas total_{10};
  std::deque<Replicas> startup_;
  int startup_ticks_ = 1;
  int short_ticks_ = 0;
  double replica_minutes_ = 0;
  std::vector<std::int64_t> path_;
};

Objective Budget() {
  return {.violations = Ratio(0.005)};
}

Objective Money() {
  return {.prices = ShortagePrices{.replica_hour = 0.06, .shortage_minute = 0.5}};
}

Objective Level() {
  return {};
}

class DecisionScenario : public testing::TestWithParam<Objective (*)()> {
 protected:
  World In(World::Load load) const { return {GetParam()(), std::move(load)}; }
};

// The loops take many times longer under sanitizers; a budget takes all stages there.
#ifdef LOADCURVE_SANITIZED
constexpr bool kIsSanitized = true;
#else
constexpr bool kIsSanitized = false;
#endif

std::vector<Objective (*)()> Objectives() {
  if (kIsSanitized) return {Budget};
  return {Budget, Money, Level};
}

INSTANTIATE_TEST_SUITE_P(Objectives, DecisionScenario, testing::ValuesIn(Objectives()),
                         [](const testing::TestParamInfo<Objective (*)()>& objective) {
                           if (objective.param == Budget) return "Budget";
                           return objective.param == Money ? "Money" : "Level";
                         });

// Some noise that is the same in every run.
double Noise(minutes at) {
  const auto i = static_cast<double>(at.count());
  return 1 + 0.04 * std::sin(i * 12.9898) * std::cos(i * 78.233);
}

double Daily(minutes at) {
  return 140 - 90 * std::cos(2 * std::numbers::pi * static_cast<double>(at.count()) / 1440);
}

TEST_P(DecisionScenario, Step) {
  World world = In([](minutes at) { return (at < hours(6) ? 70 : 210) * Noise(at); });
  world.RunTo(hours(8));
  EXPECT_GE(world.total(), Replicas(30));
  EXPECT_LE(world.total(), Replicas(40));
}

TEST_P(DecisionScenario, Ramp) {
  World world =
      In([](minutes at) { return (70 + 0.3 * static_cast<double>(at.count())) * Noise(at); });
  world.RunTo(hours(12));
  EXPECT_GE(world.total(), Replicas(40));
  EXPECT_LE(world.short_ticks(), 5);
}

TEST_P(DecisionScenario, Diurnal) {
  World world = In([](minutes at) { return Daily(at) * Noise(at); });
  world.RunTo(hours(72));
  EXPECT_LE(world.short_ticks(), 72 * 60 / 50);
  // 20 in the mean; the busiest hour all day would take 34.
  EXPECT_LT(world.replica_minutes() / (72 * 60), 27);
}

TEST_P(DecisionScenario, Spike) {
  World world = In([](minutes at) {
    return at >= hours(5) && at < hours(5) + minutes(4) ? 350 : 70 * Noise(at);
  });
  world.RunTo(hours(5) + minutes(5));
  EXPECT_GE(world.total(), Replicas(40));
  world.RunTo(hours(7));
  // A minute short is priced at 500 replica-minutes: after the one spike in five hours that it ever
  // saw, the next one is worth a reserve for some hours more.
  if (GetParam() == Money) world.RunTo(hours(11));
  EXPECT_LE(world.total(), Replicas(20));
}

TEST_P(DecisionScenario, FlashCrowd) {
  World world = In([](minutes at) {
    const double since = static_cast<double>((at - hours(5)).count());
    return since < 0 ? 70 * Noise(at) : 70 + 230 * std::exp(-since / 60);
  });
  world.RunTo(hours(5) + minutes(3));
  EXPECT_GE(world.total(), Replicas(40));
  world.RunTo(hours(12));
  EXPECT_LE(world.total(), Replicas(20));
}

TEST_P(DecisionScenario, LevelShift) {
  World world = In([](minutes at) { return (at < hours(30) ? 1.0 : 0.5) * Daily(at) * Noise(at); });
  world.RunTo(hours(54));
  // 10 are needed at six in the morning; noise, its margin and room for the next hour, in which the
  // load grows by a third, come on top.
  EXPECT_LE(world.total(), Replicas(16));
}

TEST_P(DecisionScenario, OutageAndReturn) {
  World world =
      In([](minutes at) { return at >= hours(30) && at < hours(31) ? 0 : 140 * Noise(at); });
  world.RunTo(hours(30));
  const Replicas before = world.total();
  world.RunTo(hours(31) + minutes(6));
  EXPECT_GE(world.total(), Replicas(20));
  world.RunTo(hours(33));
  EXPECT_LE(world.total().value(), before.value() * 3 / 2);
}

TEST_P(DecisionScenario, ClockJump) {
  World world = In([](minutes at) { return 140 * Noise(at); });
  world.RunTo(hours(2));
  world.JumpClock(-minutes(20));
  world.RunTo(hours(3));
  world.JumpClock(minutes(20));
  world.RunTo(hours(4));
  EXPECT_GE(world.total(), Replicas(20));
}

TEST_P(DecisionScenario, StaleMetrics) {
  World world = In([](minutes at) {
    return at >= hours(3) && at < hours(4) ? std::optional<double>() : Daily(at) * Noise(at);
  });
  world.RunTo(hours(3));
  const Replicas before = world.total();
  world.RunTo(hours(4));
  EXPECT_GE(world.total(), before);
  world.RunTo(hours(6));
}

TEST_P(DecisionScenario, HalfOfTheReplicasUnheard) {
  World world = In([](minutes at) { return 140 * Noise(at); });
  world.RunTo(hours(2));
  const Replicas before = world.total();
  world.script().coverage = Ratio(0.5);
  world.RunTo(hours(3));
  EXPECT_GE(world.total(), before);
  world.script().coverage = Ratio(1);
  world.RunTo(hours(4));
  EXPECT_GE(world.total(), Replicas(20));
}

TEST_P(DecisionScenario, SourceFails) {
  World world = In([](minutes at) { return 140 * Noise(at); });
  world.RunTo(hours(2));
  const Replicas before = world.total();
  world.script().failure = Error{ErrorCode::kUnavailable, "gone"};
  world.RunTo(hours(3));
  EXPECT_GE(world.total(), before);
}

TEST_P(DecisionScenario, LeaderChange) {
  World world = In([](minutes at) { return Daily(at) * Noise(at); });
  world.RunTo(hours(14));
  const Replicas before = world.total();
  world.Elect();
  world.RunTo(hours(14) + minutes(2));
  EXPECT_GE(world.total().value(), before.value() * 3 / 4);
  world.RunTo(hours(20));
}

TEST_P(DecisionScenario, SlowStart) {
  World world = In([](minutes at) { return Daily(at) * Noise(at); });
  world.SetStartup(6);
  world.RunTo(hours(48));
}

TEST_P(DecisionScenario, DependencyBound) {
  // Requests wait for something else: held ones rise, completions fall.
  World world =
      In([](minutes at) { return at >= hours(3) && at < hours(4) ? 30 : 140 * Noise(at); });
  world.RunTo(hours(3));
  world.script().in_flight = BusySlots(400);
  world.RunTo(hours(4));
  world.script().in_flight.reset();
  world.RunTo(hours(6));
  EXPECT_GE(world.total(), Replicas(20));
}

TEST_P(DecisionScenario, CapacityDropAfterARelease) {
  // The same requests weigh more: the load that is measured rises by half at once.
  World world = In([](minutes at) { return (at < hours(5) ? 140 : 210) * Noise(at); });
  world.RunTo(hours(6));
  EXPECT_GE(world.total(), Replicas(30));
}

TEST_P(DecisionScenario, MoreLoadNeverGivesFewerReplicas) {
  const std::vector<double> times = kIsSanitized ? std::vector{1.3} : std::vector{1.05, 1.3, 2.0};
  for (const double more : times) {
    World world = In([](minutes at) {
      const double crowd = at >= hours(20) && at < hours(21) ? 1.6 : 1;
      return std::optional(0.3 * Daily(at) * Noise(at) * crowd);
    });
    world.Shadow(more);
    world.RunTo(kIsSanitized ? hours(22) : hours(30));
  }
}

}  // namespace
}  // namespace loadcurve
