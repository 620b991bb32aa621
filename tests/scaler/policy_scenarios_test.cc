// The whole loop of one workload in simulated time, under what people state for a time and for
// their money.

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "scaler/workload_loop.h"
#include "tests/support/checkout_fields.h"
#include "tests/support/scripted_metric_source.h"
#include "tests/support/time_zones.h"

namespace loadcurve {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

// In Berlin the clocks go back in the night after.
const TimePoint kStart = At("2026-10-24T00:00:00Z");
constexpr double kCarried = 7;  // requests a second by one replica

// A replica carries 10 requests a second of 100 ms, planned at 0.7 of that, and is there in a
// minute.
ScalingProfileFields Checkout() {
  ScalingProfileFields fields = CheckoutFields();
  fields.bounds = {Replicas(2), Replicas(60)};
  fields.behavior.scale_up.max_step = Replicas(4);
  fields.behavior.scale_down.max_step = Replicas(4);
  fields.behavior.scale_down_window = minutes(3);
  return fields;
}

// Twelve hours from seven in the morning in Berlin.
PolicyWindow Daytime() {
  return {"daytime", Recurrence{CronTimes::Parse("0 7 * * *").value(), Berlin(), hours(12)}};
}

// A service that gets what is decided, a minute later.
class World {
 public:
  using Load = std::function<double(TimePoint)>;

  World(ScalingProfileFields fields, Load load) : load_(std::move(load)) {
    script_.qps = load_;
    loop_.emplace(WorkloadLoop::Make(ScalingProfile::Make(std::move(fields)).value(),
                                     std::make_unique<ScriptedMetricSource>(script_, minutes(1)),
                                     {.history = hours(72)})
                      .value());
  }

  Replicas total() const { return total_; }
  Replicas ready() const { return std::min(ordered_, total_); }
  // That had the last word.
  const std::string& stage() const { return stage_; }

  void RunTo(std::string_view time) {
    while (now_ < At(time)) Tick();
  }

  // Called with each decision, before it is followed.
  std::function<void(const ReplicaDecision&, double load)> watch = [](const auto&, double) {};

 private:
  void Tick() {
    now_ += minutes(1);
    ordered_ = total_;
    const WorkloadStatus status = loop_->Step(now_ + seconds(5), total_);
    ASSERT_TRUE(status.decision);
    ASSERT_GE(status.decision->desired, Replicas(2));
    ASSERT_LE(status.decision->desired, Replicas(60));
    ASSERT_LE(std::abs((status.decision->desired - total_).value()), 4);
    watch(*status.decision, load_(now_ - minutes(1)));
    total_ = status.decision->desired;
    stage_ = Name(status.decision->reasons.back().stage);
  }

  Load load_;
  ScriptedMetricSource::Script script_;
  std::optional<WorkloadLoop> loop_;
  TimePoint now_ = kStart;
  Replicas total_{8};
  Replicas ordered_{8};
  std::string stage_;
};

// Some noise that is the same in every run.
double Steady(TimePoint at) {
  const double minute = Seconds(at - kStart) / 60;
  return 35 * (1 + 0.04 * std::sin(minute * 12.9898) * std::cos(minute * 78.233));
}

TEST(PolicyScenario, AFloorIsReadyAtSevenOnTheDaysBeforeAndAfterClocksGoBack) {
  ScalingProfileFields fields = Checkout();
  fields.schedules = {{Daytime(), Replicas(20), std::nullopt}};
  World world(fields, Steady);
  world.RunTo("2026-10-24T04:45:00Z");
  EXPECT_LE(world.total(), Replicas(8));
  world.RunTo("2026-10-24T05:00:00Z");  // 07:00 in summer
  EXPECT_GE(world.ready(), Replicas(20));
  EXPECT_EQ(world.stage(), "schedule");
  world.RunTo("2026-10-24T16:59:00Z");
  EXPECT_EQ(world.total(), Replicas(20));
  world.RunTo("2026-10-24T17:10:00Z");
  EXPECT_LE(world.total(), Replicas(8));
  world.RunTo("2026-10-25T05:45:00Z");
  EXPECT_LE(world.total(), Replicas(8));
  world.RunTo("2026-10-25T06:00:00Z");  // 07:00 in winter
  EXPECT_GE(world.ready(), Replicas(20));
}

TEST(PolicyScenario, AFreezeKeepsWhatAFloorLeftUntilItEnds) {
  ScalingProfileFields fields = Checkout();
  fields.schedules = {{Daytime(), Replicas(20), std::nullopt}};
  PolicyWindow evening{"evening"};
  evening.once = {At("2026-10-24T16:00:00Z"), At("2026-10-24T20:00:00Z")};
  fields.freezes = {{evening, FreezeKind::kShrink}};
  World world(fields, Steady);
  world.RunTo("2026-10-24T19:59:00Z");
  EXPECT_EQ(world.total(), Replicas(20));
  EXPECT_EQ(world.stage(), "freeze");
  world.RunTo("2026-10-24T20:10:00Z");
  EXPECT_LE(world.total(), Replicas(8));
}

TEST(PolicyScenario, ABudgetLimitsForecastsAndNotWhatIsMeasured) {
  ScalingProfileFields fields = Checkout();
  fields.objective.survive = Survival{.pods = Replicas(3)};
  fields.budget = SpendingCap{.replica_hour = 0.1, .per_hour = 1};  // ten
  const TimePoint rush = At("2026-10-24T03:00:00Z");
  World world(fields, [&](TimePoint at) {
    return Steady(at) * (at >= rush && at < rush + hours(2) ? 4 : 2);  // 70 and 140 a second
  });
  int limited = 0;
  world.watch = [&](const ReplicaDecision& decision, double load) {
    const auto needed = static_cast<std::int64_t>(std::ceil(load / kCarried));
    if (decision.desired > decision.current) {
      EXPECT_LE(decision.desired.value(), std::max<std::int64_t>(10, needed));
    }
    for (const DecisionReason& reason : decision.reasons)
      if (reason.stage == DecisionStage::kBudget && reason.after < reason.before) ++limited;
  };
  world.RunTo("2026-10-24T03:30:00Z");
  EXPECT_GE(world.total(), Replicas(19));  // 140 / 7 = 20, less noise
  EXPECT_GE(limited, 60);
  world.RunTo("2026-10-24T05:30:00Z");
  EXPECT_LE(world.total(), Replicas(11));
}

}  // namespace
}  // namespace loadcurve
