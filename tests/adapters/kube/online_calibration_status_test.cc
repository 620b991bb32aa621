#include "adapters/kube/online_calibration_status.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "adapters/kube/profile_conditions.h"
#include "adapters/kube/profile_notices.h"
#include "adapters/kube/profile_status.h"

namespace loadcurve::kube {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;
using testing::HasSubstr;
using testing::IsEmpty;

// Costs with digits that do not end, adopted by a profile with occupancy weights.
CalibrationReport Adopted() {
  ScalingProfileFields fields{.load = {.weights = RequestWeights::Occupancy(100ms).value()}};
  fields.metadata.name = "web";
  const auto spec = ScalingProfile::Make(fields).value();
  RequestCosts costs{
      RequestWeights::Fitted({{std::string(kAnyRoute), {{0ms, 1.0 / 3, 1.0 / 3, 1.0 / 3}}},
                              {"GET /cart", {{0ms, 0.1, 0.1, 0.1}, {1234567us, 7.0 / 3, 2, 3}}}},
                             CpuSeconds(1.0 / 7))
          .value()};
  costs.per_replica = ReplicaCapacity{.load = MetricsQps(100.0 / 3),
                                      .low = MetricsQps(30.1),
                                      .high = MetricsQps(35.7),
                                      .weights_version = costs.weights.version(),
                                      .target_share = Ratio(0.7),
                                      .slots = BusySlots(64),
                                      .memory = ReplicaMemory{Bytes(1 << 30), Bytes(12345)}};
  CalibrationReport report;
  report.adopted =
      AdoptedFor(spec, costs, std::chrono::sys_days(std::chrono::year(2026) / 10 / 10));
  report.tried_at = report.adopted->adopted_at;
  report.last.outcome = CalibrationOutcome::kAdopted;
  report.last.why = "on later windows it errs by 0.01 cores a replica";
  report.last.windows_used = 300;
  report.last.windows_excluded = {{"gap", 4}};
  report.last.error_in_force = CpuCores(0.02);
  report.last.error_candidate = CpuCores(0.01);
  report.last.saving_in_errors = 7.5;
  return report;
}

TEST(OnlineCalibrationStatus, ReadsBackWhatItWritesToTheLastDigit) {
  const CalibrationReport report = Adopted();
  const std::string text = ToJson(report).dump();
  EXPECT_EQ(CalibrationReportFrom(json::parse(text)), report);
  EXPECT_LT(text.size(), 2000U);
  EXPECT_EQ(CalibrationReportFrom(ToJson(CalibrationReport())), CalibrationReport());
}

TEST(OnlineCalibrationStatus, DropsCostsThatSomebodyChanged) {
  json object = ToJson(Adopted());
  object["adopted"]["weights"]["curves"][0]["knots"][0]["weight"] = 0.5;
  const CalibrationReport read = CalibrationReportFrom(object);
  EXPECT_EQ(read.adopted, std::nullopt);
  EXPECT_EQ(read.last.outcome, CalibrationOutcome::kAdopted);
  object = ToJson(Adopted());
  object["adopted"].erase("perReplica");
  EXPECT_EQ(CalibrationReportFrom(object).adopted, std::nullopt);
}

TEST(OnlineCalibrationStatus, IsNewsWithAnotherOutcomeAndNotWithOtherNumbers) {
  ProfileStatus written;
  ProfileStatus next;
  next.online_calibration = Adopted();
  EXPECT_TRUE(IsNews(written, next));
  written = next;
  next.online_calibration->tried_at = *next.online_calibration->tried_at + 1h;
  next.online_calibration->last.saving_in_errors = 2;
  EXPECT_FALSE(IsNews(written, next));
  next.online_calibration->last.outcome = CalibrationOutcome::kNotBetter;
  EXPECT_TRUE(IsNews(written, next));
}

TEST(OnlineCalibrationStatus, IsToldAsAnEventOnceAnAdoption) {
  const ProfileStatus before;
  ProfileStatus after;
  after.online_calibration = Adopted();
  const auto notices = NoticesBetween(before, after);
  ASSERT_EQ(notices.size(), 1U);
  EXPECT_EQ(notices[0].reason, "CalibrationAdopted");
  EXPECT_FALSE(notices[0].is_warning);
  EXPECT_THAT(notices[0].note, HasSubstr("of which a replica carries 33.33, stand in for "
                                         "occupancy-100ms: on later windows"));
  EXPECT_THAT(NoticesBetween(after, after), IsEmpty());
}

TEST(ProfileStatus, SaysWhichCostsAreInForce) {
  WorkloadStatus workload;
  workload.per_replica = MetricsQps(7);
  workload.calibration = Adopted();
  auto calibrated = StatusOf(workload).conditions.at(ProfileConditionType::kCalibrated);
  EXPECT_EQ(calibrated.reason, "CalibrationAdopted");
  EXPECT_THAT(calibrated.message, HasSubstr("stand in for occupancy-100ms since 2026-10-10"));
  EXPECT_EQ(StatusOf(workload).online_calibration, Adopted());
  workload.calibration->adopted.reset();
  calibrated = StatusOf(workload).conditions.at(ProfileConditionType::kCalibrated);
  EXPECT_EQ(calibrated.reason, "CapacityKnown");
  EXPECT_THAT(calibrated.message, HasSubstr("The attempt of 2026-10-10"));
}

}  // namespace
}  // namespace loadcurve::kube
