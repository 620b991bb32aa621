// The numbers of docs/right-sizing.md, and what nothing is advised on.

#include "scaler/right_sizing.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <functional>
#include <memory>
#include <vector>

#include "scaler/right_sizer.h"
#include "tests/support/scripted_usage.h"

namespace loadcurve {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr std::int64_t kMebi = std::int64_t{1} << 20;
constexpr Duration kWindow = minutes(5);
const TimePoint kStart(hours(500'000));

Bytes Mebi(std::int64_t mebi) {
  return Bytes(mebi * kMebi);
}

// Eight replicas that bear 20, 40, 60 and 80 each in turn, for a week. One uses 0.04 cores and
// 0.005 for each unit of load; a mean one 0.04 and 0.004. Memory is 800 Mi and 2.5 Mi a unit.
struct Week {
  explicit Week(std::int64_t count = 2016) {
    std::vector<double> loads;
    usage.containers.push_back({.name = "app"});
    for (std::int64_t i = 0; i < count; ++i) {
      const std::array<double, 4> each = {20, 40, 60, 80};
      const double borne = each[static_cast<std::size_t>(i % 4)];
      const TimePoint from = kStart + i * kWindow;
      loads.push_back(8 * borne);
      windows().push_back(
          {.from = from,
           .to = from + kWindow,
           .replicas = Replicas(8),
           .cpu = CpuCores(0.04 + 0.004 * borne),
           .cpu_highest = CpuCores(0.04 + 0.005 * borne),
           .memory_highest = Bytes(800 * kMebi + static_cast<std::int64_t>(2.5 * borne) * kMebi)});
    }
    load.emplace(LoadSeries::Make(kStart, kWindow, std::move(loads)).value());
    resources = {{.name = "app",
                  .cpu_request = CpuCores(2),
                  .cpu_limit = CpuCores(2),
                  .memory_request = Mebi(4096),
                  .memory_limit = Mebi(4096)}};
  }

  std::vector<UsageWindow>& windows() { return usage.containers[0].windows; }

  SizingAdvice Advised() const {
    return AdviseSizes({.now = kStart + hours(24 * 7),
                        .usage = &usage,
                        .window = kWindow,
                        .load = load ? &*load : nullptr,
                        .planned = MetricsQps(84),
                        .sustained = MetricsQps(120),
                        .binding = binding,
                        .resources = resources,
                        .replicas = Replicas(8),
                        .prices = prices,
                        .replica_hour = replica_hour});
  }

  MeasuredUsage usage;
  std::optional<LoadSeries> load;
  std::vector<ContainerResources> resources;
  BindingResource binding = BindingResource::kSlots;
  std::optional<ResourcePrices> prices = ResourcePrices{.cpu_hour = 0.03, .gib_hour = 0.004};
  std::optional<double> replica_hour;
};

TEST(RightSizing, AsksForWhatAFullReplicaUsesAndNoLessThanWasSeen) {
  const SizingAdvice advice = Week().Advised();
  ASSERT_EQ(advice.containers.size(), 1U) << advice.why;
  const ContainerAdvice& app = advice.containers[0];
  EXPECT_NEAR(app.cpu_when_full.value(), 0.46, 1e-9);  // 0.04 + 0.005 x 84
  EXPECT_NEAR(app.cpu_seen.value(), 0.44, 1e-9);
  EXPECT_EQ(app.memory_highest, Mebi(1000));
  EXPECT_EQ(app.advised, (ContainerResources{.name = "app",
                                             .cpu_request = CpuCores(0.46),
                                             .cpu_limit = CpuCores(0.64),    // 0.04 + 0.005 x 120
                                             .memory_request = Mebi(1168),   // 1010 x 1.15
                                             .memory_limit = Mebi(1408)}));  // 1010 x 1.38
  EXPECT_EQ(app.why,
            "CPU 0.46 cores at a load of 84, 0.44 seen (quantile 0.99) and 0.44 at most; memory "
            "1000Mi at most, 1010Mi at a load of 84");
  EXPECT_EQ(advice.windows, 2016);
  EXPECT_EQ(advice.load_highest, MetricsQps(80));
  EXPECT_THAT(advice.why, HasSubstr("a replica bore up to 80 of the 84 that it is planned to "
                                    "carry (95.24 %)"));
}

TEST(RightSizing, TellsTheSavingAndHowMuchOfTheCpuIsUsed) {
  const SizingAdvice advice = Week().Advised();
  ASSERT_TRUE(advice.saving);
  EXPECT_NEAR(advice.saving->now, 0.608, 1e-9);       // 8 x (2 x 0.03 + 4 x 0.004)
  EXPECT_NEAR(advice.saving->advised, 0.1469, 1e-9);  // 8 x (0.46 x 0.03 + 1.140625 x 0.004)
  EXPECT_FALSE(advice.saving->is_derived);
  EXPECT_NEAR(advice.used_now->value(), 0.12, 1e-9);  // 0.24 of 2
  EXPECT_NEAR(advice.used_advised->value(), 0.24 / 0.46, 1e-9);
}

TEST(RightSizing, DerivesPricesFromThatOfAReplica) {
  Week week;
  week.prices.reset();
  EXPECT_FALSE(week.Advised().saving);
  week.replica_hour = 0.38;  // of 2 cores and 4 GiB, as much as 19 GiB: 0.02 for each
  const SizingAdvice advice = week.Advised();
  ASSERT_TRUE(advice.saving);
  EXPECT_TRUE(advice.saving->is_derived);
  EXPECT_NEAR(advice.saving->now, 8 * 0.38, 1e-9);
  EXPECT_NEAR(advice.saving->advised, 8 * (0.46 * 0.15 + 1.140625 * 0.02), 1e-9);
}

TEST(RightSizing, LeavesALimitThatACapacityWasMeasuredWith) {
  Week week;
  week.binding = BindingResource::kCpu;
  EXPECT_EQ(week.Advised().containers[0].advised.cpu_limit, CpuCores(2));
  week.binding = BindingResource::kSlots;
  week.windows()[7].is_throttled = true;
  const SizingAdvice held = week.Advised();
  EXPECT_EQ(held.containers[0].advised.cpu_limit, CpuCores(2));
  EXPECT_THAT(held.containers[0].why, HasSubstr("held a replica back"));
  week.resources[0].cpu_limit.reset();
  EXPECT_FALSE(week.Advised().containers[0].advised.cpu_limit) << "there is none now";
}

TEST(RightSizing, AsksForMoreWhereMoreWasUsed) {
  Week week;
  // A batch job beside the load, in one of 50 windows, and once it took more.
  for (std::size_t i = 0; i < week.windows().size(); i += 50)
    week.windows()[i].cpu_highest = CpuCores(1.1);
  week.windows()[5].cpu_highest = CpuCores(1.5);
  week.windows()[5].memory_highest = Mebi(5000);
  const ContainerAdvice app = week.Advised().containers[0];
  EXPECT_GE(*app.advised.cpu_request, CpuCores(1.1));
  EXPECT_GE(*app.advised.cpu_limit, CpuCores(1.5));
  EXPECT_GE(*app.advised.memory_request, Mebi(5750));
  EXPECT_GT(*app.advised.memory_request, *app.now.memory_request);
}

TEST(RightSizing, TakesCpuInProportionWhereTheLoadHardlyMoves) {
  Week week;
  std::vector<double> loads(week.windows().size(), 8 * 42.0);
  week.load.emplace(LoadSeries::Make(kStart, kWindow, loads).value());
  for (UsageWindow& window : week.windows()) window.cpu_highest = CpuCores(0.3);
  EXPECT_EQ(week.Advised().containers[0].advised.cpu_request, CpuCores(0.6));  // at twice the load
}

TEST(RightSizing, DoesNotLowerMemoryThatStillGrows) {
  Week week;
  for (std::size_t i = 0; i < week.windows().size(); ++i)
    week.windows()[i].memory_highest = Mebi(500 + static_cast<std::int64_t>(i) / 2);
  const ContainerAdvice app = week.Advised().containers[0];
  EXPECT_EQ(app.advised.memory_request, Mebi(4096));
  EXPECT_THAT(app.why, HasSubstr("still grew"));
}

TEST(RightSizing, AdvisesNothingOnTooLittle) {
  EXPECT_THAT(Week(287).Advised().why, HasSubstr("were measured for 1435m, and 1d are needed"));
  EXPECT_THAT(Week(287).Advised().containers, IsEmpty());
  EXPECT_EQ(Week(288).Advised().containers.size(), 1U);

  Week gaps;
  std::erase_if(gaps.windows(), [](const UsageWindow& window) {
    return (window.from - kStart) / kWindow % 3 == 1;
  });
  EXPECT_THAT(gaps.Advised().why, HasSubstr("only 1344 windows"));

  Week idle;
  idle.load.emplace(LoadSeries::Make(kStart, kWindow, std::vector<double>(2016, 8 * 41.0)).value());
  EXPECT_THAT(idle.Advised().why, HasSubstr("bore no more than 41 of the 84"));
  EXPECT_THAT(idle.Advised().containers, IsEmpty());

  Week blind;
  blind.load.reset();
  EXPECT_THAT(blind.Advised().why, HasSubstr("no load was measured"));
}

TEST(RightSizing, LeavesSidecarsAndWhatIsNotAskedFor) {
  Week week;
  week.resources = {{.name = "istio-proxy", .cpu_request = CpuCores(0.1)}};
  const SizingAdvice advice = week.Advised();
  ASSERT_EQ(advice.containers.size(), 1U);
  EXPECT_EQ(advice.containers[0].now, (ContainerResources{.name = "app"}));
  EXPECT_EQ(advice.containers[0].advised.cpu_request, CpuCores(0.46));
  EXPECT_FALSE(advice.containers[0].advised.memory_limit);
  EXPECT_FALSE(advice.used_now);
  EXPECT_FALSE(advice.saving);
}

TEST(RightSizing, LooksAtWindowsOfWholeSteps) {
  EXPECT_EQ(SizingWindow(minutes(1)), minutes(5));
  EXPECT_EQ(SizingWindow(minutes(2)), minutes(6));
  EXPECT_EQ(SizingWindow(hours(1)), hours(1));
}

// ---- from time to time

ScalingProfile Asking() {
  ScalingProfileFields fields;
  fields.metadata.name = "web";
  fields.load.source.kind = "prometheus";
  fields.load.source.prometheus.emplace().load = "sum(x)";
  fields.load.per_replica =
      ReplicaCapacity{.load = MetricsQps(120), .low = MetricsQps(120), .high = MetricsQps(120)};
  fields.right_sizing.emplace();
  return ScalingProfile::Make(fields).value();
}

TEST(RightSizer, LooksOnceAnHourAndKeepsWhatItKnows) {
  const Week week;
  ScriptedUsage::Script script{.usage = week.usage};
  const ScalingProfile profile = Asking();
  RollingLoad load = RollingLoad::Make(kWindow, 4000, profile.fields().load.Scale()).value();
  for (std::size_t i = 0; i < week.load->size(); ++i)
    load.Set(week.load->TimeAt(i), MetricsQps(week.load->values()[i]));
  RightSizer sizer(std::make_unique<ScriptedUsage>(script), minutes(3));
  TimePoint now = week.load->end();
  const auto look = [&] { sizer.Look({now, profile, load, week.resources, Replicas(8)}); };
  EXPECT_EQ(sizer.advice().at, TimePoint());
  EXPECT_FALSE(sizer.IsDue(now));
  now += minutes(3);
  EXPECT_TRUE(sizer.IsDue(now));
  script.failure = Error{ErrorCode::kUnavailable, "no answer"};
  look();
  EXPECT_THAT(sizer.advice().why, HasSubstr("nothing is advised: no answer"));
  EXPECT_FALSE(sizer.IsDue(now + minutes(9)));
  now += minutes(10);
  EXPECT_TRUE(sizer.IsDue(now));
  script.failure.reset();
  look();
  ASSERT_EQ(sizer.advice().containers.size(), 1U) << sizer.advice().why;
  EXPECT_EQ(sizer.advice().containers[0].advised.memory_limit, Mebi(1408));
  EXPECT_FALSE(sizer.IsDue(now + minutes(59)));
  now += hours(1);
  EXPECT_TRUE(sizer.IsDue(now));
  script.failure = Error{ErrorCode::kUnavailable, "no answer"};
  look();
  EXPECT_EQ(sizer.advice().containers.size(), 1U) << "what was advised stands";
  now -= hours(24);
  EXPECT_FALSE(sizer.IsDue(now));
  EXPECT_TRUE(sizer.IsDue(now + minutes(3))) << "a clock that was set back waits no longer";
}

}  // namespace
}  // namespace loadcurve
