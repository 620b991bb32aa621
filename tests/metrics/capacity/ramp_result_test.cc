// Ramps at simulated services whose limits are known.

#include "metrics/capacity/ramp_result.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "tests/support/simulated_service.h"

namespace loadcurve {
namespace {

using loadcurve::testing::SimulatedFault;
using loadcurve::testing::SimulatedService;
using loadcurve::testing::SimulatedShape;
using ::testing::HasSubstr;

struct Climbed {
  RampResult result;
  double seconds = 0;
};

struct Climb {
  SimulatedShape shape;
  double target_seconds = 0.1;
  std::size_t replicas = 1;
  std::uint64_t seed = 1;
  bool varies_mix = false;

  Climbed Run() const {
    SimulatedService service(shape, replicas, seed);
    service.target_seconds = target_seconds;
    Ramp ramp = Ramp::Make({.replicas = replicas,
                            .mix = service.Mix(),
                            .first_rate = 8,
                            .most_rate = 5000,
                            .varies_mix = varies_mix})
                    .value();
    testing::Climb(ramp, service);
    return {ResultOf(ramp, service.counts(),
                     {.latency_target = Duration(std::llround(target_seconds * 1e6))})
                .value(),
            service.now()};
  }
};

// The known limits: what TrueCapacity finds over 1500 s (seed 99).
const SimulatedShape kCpu = {
    .routes = {{.name = "a", .share = 3, .cpu_ms = 2}, {.name = "b", .share = 1, .cpu_ms = 12}},
    .cores = 1};
const SimulatedShape kPool = {
    .routes = {{.name = "a", .cpu_ms = 1, .wait_ms = 50}}, .cores = 2, .slots = 16};

TEST(SimulatedService, IsTheQueueOfTheTextbook) {
  // M/M/1: P(time > t) = exp(-(mu - rate) t), 5 % at mu - 3.0 / t: 100 - 30 = 70/s at 100 ms.

  const SimulatedShape shape = {
      .routes = {{.name = "a", .cpu_ms = 10}}, .spread = -1, .cores = 1, .slots = 1};
  EXPECT_NEAR(testing::TrueCapacity(shape, {.seconds = 600}), 70, 2.5);
}

TEST(RampResult, FindsWhatTheCpuCarriesAndWhatRoutesCost) {
  const RampResult result = Climb{.shape = kCpu, .varies_mix = true}.Run().result;
  ASSERT_TRUE(result.rate);
  EXPECT_NEAR(result.rate->value / 181.6, 1, 0.07);
  EXPECT_LE(result.rate->low, result.rate->value);
  EXPECT_GE(result.rate->high, result.rate->value);
  EXPECT_EQ(result.verdict.bottleneck, Bottleneck::kCpu);
  EXPECT_THAT(result.verdict.evidence, HasSubstr("of 1 cores"));
  ASSERT_EQ(result.calibration.verdict, CalibrationVerdict::kFitted)
      << result.calibration.verdict_text;
  EXPECT_GT(result.calibration.out_of_sample->fitted.r2, 0.8);
  // b costs six times a, whatever the reference.
  const auto cost = [&](const char* route, Duration duration) {
    return result.calibration.weights.CostOf({"", route, RequestClass::kServed}, duration);
  };
  const double ratio =
      cost("b", std::chrono::milliseconds(15)) / cost("a", std::chrono::milliseconds(3));
  EXPECT_GT(ratio, 3);
  EXPECT_LT(ratio, 12);
}

TEST(RampResult, CallsAPoolBehindASlowDependencySlotsThoughCpuIdles) {
  const RampResult result = Climb{.shape = kPool, .target_seconds = 0.2}.Run().result;
  EXPECT_NEAR(result.rate.value().value / 300.2, 1, 0.07);
  EXPECT_EQ(result.verdict.bottleneck, Bottleneck::kSlots);
  EXPECT_TRUE(result.verdict.is_inferred);
  EXPECT_THAT(result.verdict.advice, HasSubstr("More replicas are needed although"));
  EXPECT_LT(result.evidence.cpu_share.value(), 0.3);
  // Little: 16 slots by the plateau.
  EXPECT_NEAR(result.evidence.at_work, 16, 2);
}

TEST(RampResult, TrustsTheGaugeOfSlots) {
  SimulatedShape shape = kPool;
  shape.shows_slots = true;
  const RampResult result = Climb{.shape = shape, .target_seconds = 0.2}.Run().result;
  EXPECT_EQ(result.verdict.bottleneck, Bottleneck::kSlots);
  EXPECT_FALSE(result.verdict.is_inferred);
}

TEST(RampResult, TellsALockFromItsContextSwitches) {
  const SimulatedShape shape = {.routes = {{.name = "a", .cpu_ms = 2, .lock_ms = 4, .wait_ms = 10}},
                                .cores = 4};
  const RampResult result = Climb{.shape = shape, .target_seconds = 0.2}.Run().result;
  EXPECT_EQ(result.verdict.bottleneck, Bottleneck::kLock) << result.verdict.evidence;
  EXPECT_LT(result.rate.value().value, 250);  // one at a time, 4 ms each
  EXPECT_EQ(result.Capacity().value().binding, BindingResource::kLock);
}

TEST(RampResult, TellsACpuLimitThatHoldsBack) {
  const SimulatedShape shape = {.routes = {{.name = "a", .cpu_ms = 4}}, .cores = 4, .cpu_limit = 1};
  const RampResult result = Climb{.shape = shape, .target_seconds = 0.15}.Run().result;
  EXPECT_EQ(result.verdict.bottleneck, Bottleneck::kCpuLimit) << result.verdict.evidence;
  EXPECT_THAT(result.verdict.evidence, HasSubstr("held back"));
}

TEST(RampResult, BlamesTheDependencyWhereSlotsAreFree) {
  const SimulatedShape shape = {.routes = {{.name = "a", .cpu_ms = 1, .wait_ms = 40}},
                                .cores = 2,
                                .slots = 4000,
                                .shows_slots = true,
                                .dependency_slots = 10};
  const RampResult result = Climb{.shape = shape, .target_seconds = 0.2}.Run().result;
  EXPECT_EQ(result.verdict.bottleneck, Bottleneck::kDependency) << result.verdict.evidence;
  EXPECT_EQ(result.Capacity().value().binding, BindingResource::kDependency);
}

TEST(RampResult, TellsMemoryThatRanOut) {
  const SimulatedShape shape = {.routes = {{.name = "a", .cpu_ms = 1, .wait_ms = 100}},
                                .cores = 4,
                                .memory_of_request_mb = 8,
                                .memory_limit_mb = 300};
  const RampResult result = Climb{.shape = shape, .target_seconds = 0.5}.Run().result;
  EXPECT_EQ(result.verdict.bottleneck, Bottleneck::kMemory) << result.verdict.evidence;
  EXPECT_EQ(result.Capacity().value().binding, BindingResource::kMemory);
}

TEST(RampResult, SaysWhereTheTargetIsMissedWithoutLoad) {
  const SimulatedShape shape = {.routes = {{.name = "a", .cpu_ms = 1, .wait_ms = 300}}};
  const RampResult result = Climb{.shape = shape}.Run().result;
  EXPECT_FALSE(result.rate);
  EXPECT_FALSE(result.Capacity());
  EXPECT_EQ(result.end, RampEnd::kNeverGood);
  EXPECT_EQ(result.verdict.bottleneck, Bottleneck::kDependency) << result.verdict.evidence;
}

TEST(RampResult, GivesTheCapacityOfOneOfThreeReplicas) {
  const SimulatedShape shape = {.routes = {{.name = "a", .cpu_ms = 5}}};
  const RampResult result =
      Climb{.shape = shape, .target_seconds = 0.05, .replicas = 3}.Run().result;
  EXPECT_GT(result.rate.value().value, 120);
  EXPECT_LT(result.rate->value, 200);
}

TEST(RampResult, IsNotMovedByAShortSlowness) {
  SimulatedShape shape = kCpu;
  shape.faults = {{SimulatedFault::Kind::kSlow, 20, 26, 4}};
  const RampResult result = Climb{.shape = shape}.Run().result;
  EXPECT_NEAR(result.rate.value().value / 181.6, 1, 0.08);
}

TEST(RampResult, GoesOnAfterARestart) {
  SimulatedShape shape = kCpu;
  shape.faults = {{SimulatedFault::Kind::kDie, 30, 36, 1}};
  const RampResult result = Climb{.shape = shape}.Run().result;
  EXPECT_EQ(result.end, RampEnd::kKnee);
  EXPECT_NEAR(result.rate.value().value / 181.6, 1, 0.08);
}

}  // namespace
}  // namespace loadcurve
