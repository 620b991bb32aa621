#include "metrics/calibration.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <numbers>
#include <random>
#include <vector>

#include "metrics/request_timeline.h"

namespace loadcurve {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

TimePoint At(double epoch_seconds) {
  return TimePoint(Duration(static_cast<std::int64_t>(std::llround(epoch_seconds * 1e6))));
}

// A service with two routes: "cheap" takes 10 ms and burns 2 ms, "dear" takes 20 ms and burns
// 16 ms. Their rates swing on periods of their own; CPU is sampled every 10 s and arrives
// `lag` seconds late. Idle CPU is 0.02 cores.
struct TwoRoutes {
  double lag = 0;
  int samples = 60;
  double slow_factor = 1;  // of durations in every other stretch of five samples
  double dear_cpu = 0.016;
  double quiet_factor = 1;  // of rates in every other stretch of five samples
  int hole = -1;            // the sample whose requests of all but the first second are lost

  static constexpr double kStart = 1e6;
  static constexpr double kCheapCpu = 0.002;
  static constexpr double kIdle = 0.02;

  RequestCounts counts = RequestCounts::Make(DurationBounds::Default(), seconds(1)).value();
  std::vector<CpuSample> cpu;
  std::uniform_real_distribution<double> within{0.05, 9.99};

  TwoRoutes& Run() {
    std::mt19937_64 random(3);
    const auto cheap = counts.Intern("shop", "GET /cheap", RequestClass::kServed);
    const auto dear = counts.Intern("shop", "GET /dear", RequestClass::kServed);
    for (int i = 0; i < samples; ++i) {
      const double cheap_rate = 40 + 30 * std::sin(2 * std::numbers::pi * i / 17);
      const double dear_rate = 12 + 9 * std::sin(2 * std::numbers::pi * i / 23);
      const double stretch = i / 5 % 2 == 0 ? 1 : slow_factor;
      const double quiet = i / 5 % 2 == 0 ? 1 : quiet_factor;
      const double from = kStart + 10.0 * i;
      within = std::uniform_real_distribution<double>(0.05, i == hole ? 1 : 9.99);
      const int cheaps = Spread(cheap, from, quiet * cheap_rate, 0.010 * stretch, random);
      const int dears = Spread(dear, from, quiet * dear_rate, 0.020 * stretch, random);
      cpu.push_back({At(from + lag), At(from + 10 + lag),
                     CpuCores(kIdle + (cheaps * kCheapCpu + dears * dear_cpu) / 10)});
    }
    // The log goes on while the last samples are under way.
    Spread(cheap, kStart + 10.0 * samples, 40, 0.01, random);
    return *this;
  }

  int Spread(RequestCounts::SeriesId series, double from, double rate, double duration,
             std::mt19937_64& random) {
    const int count = static_cast<int>(rate * 10);
    for (int i = 0; i < count; ++i)
      counts.Record(series, At(from + within(random)), At(duration) - At(0));
    return count;
  }

  WorkloadCalibration Calibrated(CalibrationOptions options = {}) const {
    return Calibrate(counts, "shop", cpu, options).value();
  }
};

TEST(Calibrate, FitsWhereTheMixShifts) {
  const WorkloadCalibration result = TwoRoutes().Run().Calibrated();
  EXPECT_EQ(result.verdict, CalibrationVerdict::kFitted) << result.verdict_text;
  EXPECT_EQ(result.verdict_text, "fitted");
  EXPECT_GT(result.out_of_sample->fitted.r2, 0.95);
  EXPECT_NEAR(result.idle.value(), TwoRoutes::kIdle, 0.01);
  // One dear request costs eight cheap ones.
  const double cheap =
      result.weights.CostOf({"", "GET /cheap", RequestClass::kServed}, milliseconds(10));
  const double dear =
      result.weights.CostOf({"", "GET /dear", RequestClass::kServed}, milliseconds(20));
  EXPECT_NEAR(dear / cheap, 8, 0.8);
}

TEST(Calibrate, ExtrapolatesTheLoadOfAReplicaFromItsCost) {
  const WorkloadCalibration result =
      TwoRoutes().Run().Calibrated({.cpu_limit = CpuCores(2), .target_share = Ratio(0.5)});
  ASSERT_TRUE(result.per_replica);
  // (2 * 0.5 - idle) / CPU of a reference request, far above anything seen.
  const double expected = (1 - result.idle.value()) / result.weights.reference_cpu()->value();
  EXPECT_NEAR(result.per_replica->load.value(), expected, 1e-6);
  EXPECT_EQ(result.per_replica->binding, BindingResource::kCpu);
  EXPECT_LE(result.per_replica->low, result.per_replica->load);
  EXPECT_GE(result.per_replica->high, result.per_replica->load);
}

TEST(Calibrate, NamesSlotsWhereTheyRunOutBeforeTheCpu) {
  const WorkloadCalibration result =
      TwoRoutes().Run().Calibrated({.cpu_limit = CpuCores(64), .slots = BusySlots(1)});
  ASSERT_TRUE(result.per_replica);
  EXPECT_EQ(result.per_replica->binding, BindingResource::kSlots);
}

TEST(Calibrate, FindsHowFarTheCpuTrails) {
  for (const double lag : {0.0, 5.0, 12.0}) {
    const WorkloadCalibration result = TwoRoutes{.lag = lag}.Run().Calibrated();
    EXPECT_NEAR(Seconds(result.lag), lag, 1.01) << lag;
  }
}

TEST(Calibrate, FindsTheLagThoughSomeSamplesGoWrong) {
  TwoRoutes service = TwoRoutes{.lag = 12}.Run();
  for (std::size_t i = 4; i < service.cpu.size(); i += 12)
    service.cpu[i].used = service.cpu[i].used + CpuCores(4);
  const WorkloadCalibration result = service.Calibrated();
  EXPECT_NEAR(Seconds(result.lag), 12, 1.01);
  EXPECT_EQ(result.verdict, CalibrationVerdict::kFitted) << result.verdict_text;
}

TEST(Calibrate, SearchesHalfAMinuteOfLagHoweverFineTheSamples) {
  EXPECT_NEAR(Seconds(TwoRoutes{.lag = 27}.Run().Calibrated().lag), 27, 1.01);
}

TEST(Calibrate, TakesNoLagWhereNoneIsBetter) {
  // The same requests every ten seconds: only the noise of the CPU differs.
  TwoRoutes service = TwoRoutes{.samples = 40}.Run();
  std::mt19937_64 random(1);
  for (CpuSample& sample : service.cpu)
    sample.used = CpuCores(0.5 + 0.05 * std::normal_distribution<>()(random));
  EXPECT_EQ(service.Calibrated().lag, Duration(0));
}

TEST(Calibrate, TakesQuietHoursForQuietAndNotForHoles) {
  const WorkloadCalibration result = TwoRoutes{.quiet_factor = 0.03}.Run().Calibrated();
  EXPECT_FALSE(result.windows_excluded.contains("gap"));
  EXPECT_EQ(result.windows_used, 60);
}

TEST(Calibrate, LeavesOutASampleWithAHoleInItsLog) {
  const WorkloadCalibration result = TwoRoutes{.hole = 20}.Run().Calibrated();
  EXPECT_EQ(result.windows_excluded.at("gap"), 1);
  EXPECT_EQ(result.windows_used, 59);
}

TEST(Calibrate, KeepsThePriorWhereThereIsTooLittleToFit) {
  const WorkloadCalibration result = TwoRoutes{.samples = 12}.Run().Calibrated();
  EXPECT_EQ(result.verdict, CalibrationVerdict::kPriorKept);
  EXPECT_THAT(result.verdict_text,
              testing::StartsWith("prior kept: unidentifiable (only 12 usable windows"));
  EXPECT_EQ(result.weights.kind(), WeightsKind::kOccupancy);
  EXPECT_FALSE(result.fit);
  EXPECT_TRUE(result.per_replica);
}

TEST(Calibrate, KeepsThePriorWhereTimeHeldExplainsTheCpuAsWell) {
  // Both routes now burn a fifth of the time they take.
  const WorkloadCalibration result = TwoRoutes{.dear_cpu = 0.004}.Run().Calibrated();
  EXPECT_EQ(result.verdict, CalibrationVerdict::kPriorKept) << result.verdict_text;
  EXPECT_THAT(result.verdict_text, testing::HasSubstr("does not clearly beat occupancy"));
}

TEST(Calibrate, IsNotMisledByDurationsThatStretchWithoutCpu) {
  // Every other stretch a slow dependency makes requests take four times as long.
  const WorkloadCalibration result = TwoRoutes{.slow_factor = 4}.Run().Calibrated();
  ASSERT_EQ(result.verdict, CalibrationVerdict::kFitted) << result.verdict_text;
  const auto cost = [&](int ms) {
    return result.weights.CostOf({"", "GET /dear", RequestClass::kServed}, milliseconds(ms));
  };
  EXPECT_NEAR(cost(80) / cost(20), 1, 0.15);
}

TEST(Calibrate, TakesAbsentMinutesForAbsentAndNotForIdle) {
  TwoRoutes service = TwoRoutes().Run();
  service.cpu.push_back({At(2e6), At(2e6 + 10), CpuCores(0.5)});
  service.cpu.insert(service.cpu.begin(), {At(9e5), At(9e5 + 10), CpuCores(0.5)});
  const WorkloadCalibration result = service.Calibrated();
  EXPECT_EQ(result.windows_excluded.at("outside_log"), 2);
  EXPECT_EQ(result.windows_used, 60);
  EXPECT_EQ(result.verdict, CalibrationVerdict::kFitted);
}

TEST(Calibrate, LeavesOutSaturatedAndThrottledSamples) {
  TwoRoutes service = TwoRoutes().Run();
  service.cpu[3].used = CpuCores(0.99);
  service.cpu[4].is_throttled = true;
  const WorkloadCalibration result =
      service.Calibrated({.cpu_limit = CpuCores(1), .has_cpu_limit = true});
  EXPECT_EQ(result.windows_excluded.at("saturated"), 1);
  EXPECT_EQ(result.windows_excluded.at("throttled"), 1);
  EXPECT_EQ(result.windows_used, 58);
}

TEST(Calibrate, RefusesOptionsOutOfRange) {
  const TwoRoutes service = TwoRoutes().Run();
  for (const CalibrationOptions& options :
       {CalibrationOptions{.cpu_limit = CpuCores(0)}, CalibrationOptions{.target_share = Ratio(2)},
        CalibrationOptions{.replicas = Replicas(0)}, CalibrationOptions{.slots = BusySlots(-1)}})
    EXPECT_EQ(Calibrate(service.counts, "shop", service.cpu, options).error().code,
              ErrorCode::kInvalidArgument);
  EXPECT_EQ(Calibrate(service.counts, "other", service.cpu, {}).error().code,
            ErrorCode::kInsufficientData);
}

TEST(RequestTimeline, SumsAnyStretch) {
  RequestCounts counts = RequestCounts::Make(DurationBounds::Default(), seconds(1)).value();
  const auto series = counts.Intern("", "r", RequestClass::kServed);
  for (int i = 0; i < 10; ++i) counts.Record(series, At(100 + i + 0.5), milliseconds(100));
  const RequestTimeline timeline(counts, "", 8);
  EXPECT_NEAR(timeline.HeldIn(0, At(100), At(110)).requests, 10, 1e-9);
  EXPECT_NEAR(timeline.HeldIn(0, At(102), At(104.5)).requests, 2.5, 1e-9);
  EXPECT_NEAR(timeline.HeldIn(0, At(102), At(104.5)).seconds, 0.25, 1e-9);
  EXPECT_NEAR(timeline.HeldIn(0, At(0), At(50)).requests, 0, 1e-9);
}

TEST(RequestTimeline, FindsTheLongestPause) {
  RequestCounts counts = RequestCounts::Make(DurationBounds::Default(), seconds(1)).value();
  const auto series = counts.Intern("", "r", RequestClass::kServed);
  for (const double end : {100.5, 101.5, 107.5}) counts.Record(series, At(end), milliseconds(1));
  const RequestTimeline timeline(counts, "", 8);
  EXPECT_EQ(timeline.LongestGap(At(100), At(108)), seconds(5));
  EXPECT_EQ(timeline.LongestGap(At(90), At(108)), seconds(10));
}

TEST(RequestTimeline, TellsTheForemostRoutesApartAndPoolsTheRest) {
  RequestCounts counts = RequestCounts::Make(DurationBounds::Default(), seconds(1)).value();
  for (int route = 0; route < 5; ++route) {
    const auto series = counts.Intern("", "r" + std::to_string(route), RequestClass::kServed);
    for (int i = 0; i <= route * 10; ++i) counts.Record(series, At(100.5), milliseconds(1));
  }
  const RequestTimeline timeline(counts, "", 2);
  std::vector<std::string> routes;
  for (const auto& column : timeline.columns()) routes.push_back(column.route);
  EXPECT_THAT(routes, testing::UnorderedElementsAre("r4", "r3", "other"));
}

}  // namespace
}  // namespace loadcurve
