#include "metrics/online_calibration.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/two_route_service.h"

namespace loadcurve {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using ::testing::HasSubstr;
using testing::TwoRouteService;

const TimePoint kStart(hours(500'000));

// Time held by 100 ms. At the mean rates of 40 and 12 a second that is 4 + 2.4 units of load and
// 0.08 + 0.192 cores; one replica is promised to carry `load` at 0.7 cores.
RequestCosts Occupancy(std::optional<double> load) {
  RequestCosts costs{RequestWeights::Occupancy(milliseconds(100)).value()};
  if (load)
    costs.per_replica = ReplicaCapacity{.load = MetricsQps(*load),
                                        .low = MetricsQps(*load),
                                        .high = MetricsQps(*load),
                                        .weights_version = costs.weights.version(),
                                        .target_share = Ratio(0.7)};
  return costs;
}

CalibrationEvidence EvidenceOf(const TwoRouteService& service, Duration length,
                               TimePoint start = kStart) {
  return {service.Requests(start, start + length), service.Cpu(start, start + length)};
}

OnlineCalibration Calibrated(const CalibrationEvidence& evidence, const RequestCosts& in_force) {
  return CalibrateOnline(evidence, in_force, {}).value();
}

double DearByCheap(const RequestWeights& weights) {
  return weights.CostOf({"", "POST /dear", RequestClass::kServed}, milliseconds(20)) /
         weights.CostOf({"", "GET /cheap", RequestClass::kServed}, milliseconds(10));
}

TEST(CalibrateOnline, AdoptsWhatRequestsReallyCostThoughReplicasComeAndGo) {
  const auto result = Calibrated(EvidenceOf({}, hours(6)), Occupancy(16));
  ASSERT_EQ(result.outcome, CalibrationOutcome::kAdopted) << result.why;
  EXPECT_NEAR(DearByCheap(result.adopted->weights), 8, 0.8);  // 16 ms of CPU by 2 ms
  // A reference request costs (40 * 2 + 12 * 16) / 52 = 5.2 ms: (0.7 - 0.02) / 0.0052 = 130.
  EXPECT_NEAR(result.adopted->per_replica->load.value(), 130, 6);
  EXPECT_NEAR(result.idle.value(), TwoRouteService::kIdle, 0.005);
  EXPECT_EQ(result.adopted->per_replica->weights_version, result.adopted->weights.version());
  EXPECT_GT(result.saving_in_errors, kAdoptingErrors);
  EXPECT_GT(result.error_in_force, result.error_candidate);
}

TEST(CalibrateOnline, KeepsWhatItAdopted) {
  const auto evidence = EvidenceOf({}, hours(6));
  const auto first = Calibrated(evidence, Occupancy(16));
  ASSERT_TRUE(first.adopted);
  const auto again = Calibrated(evidence, *first.adopted);
  EXPECT_EQ(again.outcome, CalibrationOutcome::kNotBetter) << again.why;
  const auto later = Calibrated(EvidenceOf({}, hours(6), kStart + hours(3)), *first.adopted);
  EXPECT_EQ(later.outcome, CalibrationOutcome::kNotBetter) << later.why;
  EXPECT_FALSE(later.adopted);
}

TEST(CalibrateOnline, FollowsAReleaseOnceAndIsStableThen) {
  const TimePoint release = kStart + hours(12);
  TwoRouteService service;
  service.dear_cpu = [release](TimePoint at) { return at < release ? 0.016 : 0.004; };
  RequestCosts in_force = *Calibrated(EvidenceOf(service, hours(10)), Occupancy(16)).adopted;
  std::vector<int> adopted_at;
  for (int hour = 11; hour < 36; ++hour) {
    const auto result =
        Calibrated(EvidenceOf(service, hours(10), kStart + hours(hour - 10)), in_force);
    if (!result.adopted) continue;
    adopted_at.push_back(hour);
    in_force = *result.adopted;
  }
  // The latest quarter, two hours and a half, is mostly of the new release by then.
  ASSERT_THAT(adopted_at,
              ::testing::SizeIs(::testing::AllOf(::testing::Ge(1U), ::testing::Le(2U))));
  EXPECT_LE(adopted_at.front(), 12 + 3) << ::testing::PrintToString(adopted_at);
  EXPECT_NEAR(DearByCheap(in_force.weights), 2, 0.3);
}

TEST(CalibrateOnline, KeepsTheWeightsWhereCpuIsNoiseAboutThem) {
  // 10 ms and 20 ms held cost 2 ms and 4 ms: occupancy is right, and 0.2 cores a core held; so
  // (0.7 - 0.02) cores are 3.4 held, and 34 units of 100 ms.
  TwoRouteService service;
  service.dear_cpu = [](TimePoint) { return 0.004; };
  service.noise = 0.2;
  for (int day = 0; day < 8; ++day) {
    const auto result =
        Calibrated(EvidenceOf(service, hours(6), kStart + hours(24 * day)), Occupancy(34));
    EXPECT_EQ(result.outcome, CalibrationOutcome::kNotBetter) << day << ": " << result.why;
  }
}

TEST(CalibrateOnline, KeepsThemWhereNeighbouringWindowsErrTogether) {
  // What burns beside the requests remembers nine tenths of the minute before.
  TwoRouteService service;
  service.dear_cpu = [](TimePoint) { return 0.004; };
  service.noise = 0;
  std::mt19937_64 random(5);
  for (int day = 0; day < 8; ++day) {
    CalibrationEvidence evidence = EvidenceOf(service, hours(12), kStart + hours(24 * day));
    double drift = 0;
    for (CpuSample& sample : evidence.cpu.samples) {
      drift = 0.9 * drift + 0.044 * std::normal_distribution<>()(random);
      sample.used = sample.used * std::max(0.1, 1 + drift);
    }
    const auto result = Calibrated(evidence, Occupancy(34));
    EXPECT_EQ(result.outcome, CalibrationOutcome::kNotBetter) << day << ": " << result.why;
  }
}

TEST(CalibrateOnline, MeasuresTheCapacityAnewOfWeightsThatAreRight) {
  TwoRouteService service;
  service.dear_cpu = [](TimePoint) { return 0.004; };
  const auto result = Calibrated(EvidenceOf(service, hours(6)), Occupancy(24));
  ASSERT_EQ(result.outcome, CalibrationOutcome::kAdopted) << result.why;
  EXPECT_EQ(result.adopted->weights.version(), "occupancy-100ms");
  EXPECT_NEAR(result.adopted->per_replica->load.value(), 34, 1);
  EXPECT_LE(result.adopted->per_replica->low, result.adopted->per_replica->load);
}

TEST(CalibrateOnline, FindsACapacityWhereThereIsNone) {
  TwoRouteService service;
  service.dear_cpu = [](TimePoint) { return 0.004; };
  const auto result = Calibrated(EvidenceOf(service, hours(6)), Occupancy(std::nullopt));
  ASSERT_EQ(result.outcome, CalibrationOutcome::kAdopted) << result.why;
  EXPECT_NEAR(result.adopted->per_replica->load.value(), 34, 1);
  EXPECT_EQ(result.adopted->per_replica->target_share, Ratio(0.7));
}

TEST(CalibrateOnline, AtMostHalvesTheReplicasAtOnce) {
  // 34 is right and 10 in force: 20 are counted on at first.
  TwoRouteService service;
  service.dear_cpu = [](TimePoint) { return 0.004; };
  const auto result = Calibrated(EvidenceOf(service, hours(6)), Occupancy(10));
  ASSERT_EQ(result.outcome, CalibrationOutcome::kAdopted) << result.why;
  EXPECT_NEAR(result.adopted->per_replica->load.value(), 20, 0.01);
  EXPECT_THAT(result.why, HasSubstr("counted on for 2 at first"));
}

TEST(CalibrateOnline, LeavesAReplicaWhatALockAllowsThoughItsCpuWouldCarryMore) {
  // A lock allows 8 units of occupancy, 1.25 times the 6.4 of the mean rates. Those are 52
  // reference requests, so in the new weights it allows 65; the CPU would allow 130.
  RequestCosts in_force = Occupancy(8);
  in_force.per_replica->binding = BindingResource::kLock;
  const auto result = Calibrated(EvidenceOf({}, hours(6)), in_force);
  ASSERT_EQ(result.outcome, CalibrationOutcome::kAdopted) << result.why;
  EXPECT_EQ(result.adopted->per_replica->binding, BindingResource::kLock);
  EXPECT_NEAR(result.adopted->per_replica->load.value(), 65, 3);
}

TEST(CalibrateOnline, ChangesWeightsAloneWhereTheLimitIsUnknown) {
  CalibrationEvidence evidence = EvidenceOf({}, hours(6));
  evidence.cpu.limit.reset();
  const auto result = Calibrated(evidence, Occupancy(16));
  ASSERT_EQ(result.outcome, CalibrationOutcome::kAdopted) << result.why;
  EXPECT_NEAR(DearByCheap(result.adopted->weights), 8, 0.8);
  const auto unknown = Calibrated(evidence, Occupancy(std::nullopt));
  EXPECT_EQ(unknown.outcome, CalibrationOutcome::kUnknownCapacity);
  EXPECT_THAT(unknown.why, HasSubstr("neither a CPU limit"));
}

TEST(CalibrateOnline, TellsWeightsApartOnlyWhereTheMixVaries) {
  TwoRouteService service;
  service.has_swings = false;  // both routes rise and fall together: 0.272 cores at 6.4
  const auto capacity = Calibrated(EvidenceOf(service, hours(6)), Occupancy(12));
  ASSERT_EQ(capacity.outcome, CalibrationOutcome::kAdopted) << capacity.why;
  EXPECT_EQ(capacity.adopted->weights.version(), "occupancy-100ms");
  EXPECT_NEAR(capacity.adopted->per_replica->load.value(), 16, 0.8);
  const auto kept = Calibrated(EvidenceOf(service, hours(6)), *capacity.adopted);
  EXPECT_EQ(kept.outcome, CalibrationOutcome::kNotBetter);
  EXPECT_THAT(kept.why, HasSubstr("the mix of requests varies by"));
}

TEST(CalibrateOnline, WantsAnHourOfMinutes) {
  const auto result = Calibrated(EvidenceOf({}, minutes(59)), Occupancy(16));
  EXPECT_EQ(result.outcome, CalibrationOutcome::kTooLittle);
  EXPECT_EQ(result.why, "59 usable windows of 60 that are needed");
}

TEST(CalibrateOnline, LeavesOutWhatWasCountedOfSomeReplicasOnly) {
  CalibrationEvidence evidence = EvidenceOf({}, hours(2));
  // An hour in which cAdvisor knew half of the replicas, ten minutes in which nobody knew how many
  // were ready, and ten in which some requests were not counted.
  for (std::size_t i = 0; i < 60; ++i) {
    evidence.cpu.samples[i].replicas = Replicas(1);
    evidence.cpu.samples[i].used = evidence.cpu.samples[i].used * 0.5;
  }
  for (std::size_t i = 60; i < 70; ++i) evidence.cpu.samples[i].ready.reset();
  for (int i = 70; i < 80; ++i)
    evidence.requests.partial_windows[evidence.requests.counts.WindowOf(kStart + minutes(i))] =
        Ratio(0.5);
  const auto result = Calibrated(evidence, Occupancy(16));
  EXPECT_EQ(result.windows_used, 40);
  EXPECT_EQ(result.windows_excluded.at("replicas"), 60);
  EXPECT_EQ(result.windows_excluded.at("unknown_replicas"), 10);
  EXPECT_EQ(result.windows_excluded.at("unmeasured"), 10);
  EXPECT_THAT(result.why, HasSubstr("60 replicas"));
}

TEST(CalibrateOnline, LeavesOutWhatTheLimitCutOff) {
  CalibrationEvidence evidence = EvidenceOf({}, hours(2));
  for (std::size_t i = 0; i < 30; ++i) evidence.cpu.samples[i].is_throttled = true;
  for (std::size_t i = 30; i < 50; ++i)
    evidence.cpu.samples[i].used =
        CpuCores(0.96 * static_cast<double>(evidence.cpu.samples[i].replicas.value()));
  const auto result = Calibrated(evidence, Occupancy(16));
  EXPECT_EQ(result.windows_excluded.at("throttled"), 30);
  EXPECT_EQ(result.windows_excluded.at("saturated"), 20);
}

TEST(CalibrateOnline, IsNotFooledByCpuThatDoesNotFollowTheRequests) {
  CalibrationEvidence evidence = EvidenceOf({}, hours(6));
  std::mt19937_64 random(7);
  for (CpuSample& sample : evidence.cpu.samples)
    sample.used = CpuCores(0.3 * static_cast<double>(sample.replicas.value()) *
                           (1 + 0.1 * std::normal_distribution<>()(random)));
  const auto result = Calibrated(evidence, Occupancy(std::nullopt));
  EXPECT_EQ(result.outcome, CalibrationOutcome::kUnexplained) << result.why;
}

TEST(CalibrateOnline, SaysWithoutCpuThatThereIsNone) {
  CalibrationEvidence evidence = EvidenceOf({}, hours(2));
  evidence.cpu.samples.clear();
  const auto result = Calibrated(evidence, Occupancy(16));
  EXPECT_EQ(result.outcome, CalibrationOutcome::kTooLittle);
  EXPECT_EQ(result.why, "0 usable windows of 60 that are needed");
}

}  // namespace
}  // namespace loadcurve
