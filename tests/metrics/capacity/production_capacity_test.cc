// Simulated services whose limits are known, in production: their load never comes near.

#include "metrics/capacity/production_capacity.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "metrics/capacity/ramp_result.h"
#include "tests/support/simulated_production.h"

namespace loadcurve {
namespace {

using loadcurve::testing::SimulatedProduction;
using loadcurve::testing::SimulatedService;
using loadcurve::testing::SimulatedShape;
using ::testing::Contains;
using ::testing::HasSubstr;

// A service, what it carries by TrueCapacity over 1500 s, and what is told of it.
struct Known {
  SimulatedShape shape;
  double capacity = 0;  // requests/s of one replica
  double target_seconds = 0.1;
  double cpu = 1;
  std::optional<double> slots{};
};

const Known kCpu = {
    {.routes = {{.name = "a", .share = 3, .cpu_ms = 2}, {.name = "b", .share = 1, .cpu_ms = 12}},
     .cores = 1},
    181.6};
const Known kPool = {
    {.routes = {{.name = "a", .cpu_ms = 1, .wait_ms = 50}}, .cores = 2, .slots = 16},
    300.2,
    0.2,
    2};

// What its production tells, where its load reaches that share of what it carries.
ProductionCapacity Told(const Known& known, double share, std::uint64_t seed) {
  const SimulatedProduction production{.shape = known.shape,
                                       .most_rate = share * known.capacity,
                                       .target_seconds = known.target_seconds,
                                       .seed = seed};
  return EstimateCapacity(production.Windows(), {.limits = {.target_seconds = known.target_seconds,
                                                            .cpu = CpuCores(known.cpu),
                                                            .slots = known.slots},
                                                 .weights_version = "w"});
}

double Ramped(const Known& known, std::uint64_t seed) {
  SimulatedService service(known.shape, 1, seed);
  service.target_seconds = known.target_seconds;
  Ramp ramp =
      Ramp::Make({.mix = service.Mix(), .first_rate = 8, .most_rate = 5000, .varies_mix = true})
          .value();
  testing::Climb(ramp, service);
  return ResultOf(ramp, service.counts(),
                  {.latency_target = Duration(std::llround(known.target_seconds * 1e6))})
      .value()
      .rate.value()
      .value;
}

TEST(ProductionCapacity, AgreesWithARampWhereTheCpuBindsAndLoadReachedThreeFifths) {
  int within_ten_percent = 0;
  int interval_holds = 0;
  for (std::uint64_t seed = 1; seed <= 10; ++seed) {
    const ProductionCapacity told = Told(kCpu, 0.6, seed);
    ASSERT_TRUE(told.rate) << told.reasons.front();
    EXPECT_EQ(told.standing, Standing::kExtrapolated);
    EXPECT_EQ(told.binding, Bottleneck::kCpu);
    EXPECT_NEAR(*told.Reach(), 0.6, 0.12);
    if (std::abs(told.rate->value / Ramped(kCpu, seed) - 1) <= 0.1) ++within_ten_percent;
    if (told.rate->low <= kCpu.capacity && kCpu.capacity <= told.rate->high) ++interval_holds;
  }
  EXPECT_GE(within_ten_percent, 9);
  EXPECT_GE(interval_holds, 8);
}

TEST(ProductionCapacity, IsNotKnownOfAPoolThatWasNeverNearItsEnd) {
  for (std::uint64_t seed = 1; seed <= 5; ++seed) {
    const ProductionCapacity told = Told(kPool, 0.6, seed);
    EXPECT_FALSE(told.rate) << told.rate->value;
    EXPECT_FALSE(told.Capacity());
    ASSERT_FALSE(told.reasons.empty());
    // It did carry what it was seen to.
    EXPECT_NEAR(told.seen.rate / 180, 1, 0.15);
  }
}

TEST(ProductionCapacity, OfThatPoolIsKnownWhereItsSlotsAreTold) {
  Known pool = kPool;
  pool.slots = 16;
  for (std::uint64_t seed = 1; seed <= 5; ++seed) {
    const ProductionCapacity told = Told(pool, 0.6, seed);
    ASSERT_TRUE(told.rate) << told.reasons.front();
    EXPECT_EQ(told.binding, Bottleneck::kSlots);
    EXPECT_NEAR(told.rate->value / pool.capacity, 1, 0.1);
  }
}

TEST(ProductionCapacity, IsNotKnownWhereADependencyWouldEndIt) {
  const Known known = {{.routes = {{.name = "a", .cpu_ms = 1, .wait_ms = 40}},
                        .cores = 2,
                        .slots = 4000,
                        .dependency_slots = 10},
                       240,
                       0.2,
                       2,
                       4000};
  EXPECT_FALSE(Told(known, 0.6, 1).rate);
}

TEST(ProductionCapacity, IsNotKnownWhereLatencyRisesAndTheCpuDoesNotExplainIt) {
  // One lock, 4 ms a request: it ends at 250/s, with 1.5 of 4 cores used.
  const Known known = {
      {.routes = {{.name = "a", .cpu_ms = 2, .lock_ms = 4, .wait_ms = 10}}, .cores = 4},
      240,
      0.2,
      4,
      std::numeric_limits<double>::infinity()};
  const ProductionCapacity told = Told(known, 0.6, 1);
  EXPECT_FALSE(told.rate) << told.rate->value;
  EXPECT_THAT(told.reasons.front(), HasSubstr("the CPU does not explain it"));
}

TEST(ProductionCapacity, IsMeasuredWhereLoadsWereLate) {
  const ProductionCapacity told = Told(kCpu, 1.1, 1);
  ASSERT_TRUE(told.rate);
  EXPECT_EQ(told.standing, Standing::kMeasured);
  EXPECT_EQ(told.binding, Bottleneck::kCpu);
  EXPECT_NEAR(told.rate->value / kCpu.capacity, 1, 0.1);
}

TEST(ProductionCapacity, IsNotKnownWhereTheServiceIdled) {
  const ProductionCapacity told = Told(kCpu, 0.1, 1);
  EXPECT_FALSE(told.rate);
  EXPECT_THAT(told.reasons, Contains(HasSubstr("never had more than")));
}

// ---- windows by hand: 0.1 cores and 5 ms a request, of 1 core

std::vector<ReplicaWindow> Windows(int count, double least, double most) {
  std::vector<ReplicaWindow> windows;
  for (int i = 0; i < count; ++i) {
    ReplicaWindow window;
    window.from = TimePoint(std::chrono::minutes(i));
    window.to = window.from + std::chrono::minutes(1);
    window.rate = least + (most - least) * (i % 20) / 19.0;
    window.load = MetricsQps(2 * window.rate);
    window.held = window.rate * 0.006;
    window.ended = window.rate * 60;
    window.tail_seconds = 0.010;
    window.cpu_cores = 0.1 + 0.005 * window.rate + 0.002 * std::sin(i * 7.3);
    windows.push_back(window);
  }
  return windows;
}

const ReplicaLimits kLimits = {.target_seconds = 0.5, .cpu = CpuCores(1)};

TEST(ProductionCapacity, IsWhereALineOfTheCpuMeetsTheLimit) {
  const auto told = EstimateCapacity(Windows(100, 20, 100), {.limits = kLimits});
  // (1 - 0.1) / 0.005 = 180 requests/s, which weigh two each.
  ASSERT_TRUE(told.rate) << told.reasons.front();
  EXPECT_NEAR(told.rate->value, 180, 5);
  EXPECT_NEAR(told.Capacity()->load.value(), 360, 10);
  EXPECT_LT(told.rate->low, 175);
  EXPECT_GT(told.rate->high, 182);
  EXPECT_NEAR(*told.seen.cpu_share, 0.6, 0.01);
}

TEST(ProductionCapacity, NeedsTwentyWindows) {
  const auto told = EstimateCapacity(Windows(19, 20, 100), {.limits = kLimits});
  EXPECT_FALSE(told.rate);
  EXPECT_THAT(told.reasons.front(), HasSubstr("19 usable windows of 20"));
}

TEST(ProductionCapacity, NeedsLoadThatVaries) {
  EXPECT_FALSE(EstimateCapacity(Windows(100, 99.9, 100), {.limits = kLimits}).rate);
}

TEST(ProductionCapacity, NeedsTheLimit) {
  ReplicaLimits limits = kLimits;
  limits.cpu.reset();
  const auto told = EstimateCapacity(Windows(100, 20, 100), {.limits = limits});
  EXPECT_FALSE(told.rate);
  EXPECT_THAT(told.reasons.front(), HasSubstr("--cpu-limit"));
}

TEST(ProductionCapacity, LeavesWindowsOfRefusalsOut) {
  auto windows = Windows(100, 20, 100);
  for (int i = 0; i < 30; ++i) {
    ReplicaWindow refused = windows[static_cast<std::size_t>(i)];
    refused.rate *= 3;
    refused.load = refused.load * 3;
    refused.ended *= 3;
    refused.errors = refused.ended * 0.6;
    windows.push_back(refused);
  }
  const auto told = EstimateCapacity(windows, {.limits = kLimits});
  EXPECT_EQ(told.seen.windows, 100U);
  EXPECT_NEAR(told.rate.value().value, 180, 5);
}

TEST(ProductionCapacity, SaysWhereTheTargetIsMissedWithoutLoad) {
  ReplicaLimits limits = kLimits;
  limits.target_seconds = 0.005;
  auto windows = Windows(100, 20, 100);
  for (ReplicaWindow& window : windows) window.late = window.ended;
  const auto told = EstimateCapacity(windows, {.limits = limits});
  EXPECT_FALSE(told.rate);
  EXPECT_THAT(told.reasons.front(), HasSubstr("where load is lightest"));
}

TEST(ProductionCapacity, IsTheSameEachTime) {
  const auto windows = Windows(100, 20, 100);
  const auto once = EstimateCapacity(windows, {.limits = kLimits});
  const auto again = EstimateCapacity(windows, {.limits = kLimits});
  EXPECT_EQ(once.rate->low, again.rate->low);
  EXPECT_EQ(once.rate->high, again.rate->high);
}

// What is told of a replica that may use 500 MB, and uses what `megabytes` says.
ProductionCapacity CarriedWith(double (*megabytes)(int minute, double rate)) {
  auto windows = Windows(100, 20, 70);
  for (int i = 0; i < 100; ++i) {
    ReplicaWindow& window = windows[static_cast<std::size_t>(i)];
    window.memory_bytes = 1e6 * megabytes(i, window.rate) + 1e6 * std::sin(i * 5.1);
  }
  ReplicaLimits limits = kLimits;
  limits.memory = Bytes(500'000'000);
  return EstimateCapacity(windows, {.limits = limits});
}

const ResourceOutlook& MemoryIn(const ProductionCapacity& told) {
  return *std::ranges::find(told.outlooks, "memory", &ResourceOutlook::name);
}

TEST(ProductionCapacity, MemoryThatFollowsTheLoadBindsWhereItIsUsedUpFirst) {
  // (500 - 100) / 4 = 100 requests/s.
  const auto told = CarriedWith([](int, double rate) { return 100 + 4 * rate; });
  ASSERT_TRUE(told.rate) << told.reasons.front();
  EXPECT_NEAR(told.rate->value, 100, 1);
  EXPECT_EQ(told.binding, Bottleneck::kMemory);
  EXPECT_EQ(told.Capacity()->binding, BindingResource::kMemory);
}

TEST(ProductionCapacity, MemoryThatFillsUpWithTimeTellsNothing) {
  const auto told = CarriedWith([](int minute, double) { return 100.0 + 3 * minute; });
  ASSERT_TRUE(told.rate) << told.reasons.front();
  EXPECT_EQ(told.binding, Bottleneck::kCpu);
  EXPECT_EQ(MemoryIn(told).standing, Standing::kUnknown);
  EXPECT_THAT(MemoryIn(told).basis, HasSubstr("does not follow the load"));
}

TEST(ProductionCapacity, LeavesMemoryOutWhereNobodyToldIt) {
  const auto told = EstimateCapacity(Windows(100, 20, 100), {.limits = kLimits});
  EXPECT_EQ(std::ranges::count(told.outlooks, "memory", &ResourceOutlook::name), 0);
}

}  // namespace
}  // namespace loadcurve
