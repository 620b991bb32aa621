#include "adapters/telemetry/telemetry.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace loadcurve::telemetry {
namespace {

using std::chrono::seconds;
using testing::HasSubstr;
using testing::Not;

WorkloadStatus Measured() {
  WorkloadStatus status;
  status.profile = {"shop", "checkout"};
  status.step = seconds(60);
  LoadSample sample;
  sample.window_start = TimePoint(seconds(1'200));
  sample.load = MetricsQps(123.5);
  status.latest = sample;
  status.observed = ScaleObservation{.current = Replicas(4), .ready = Replicas(3)};
  status.decision =
      ReplicaDecision{.current = Replicas(4),
                      .desired = Replicas(6),
                      .reasons = {{DecisionStage::kTarget, Replicas(4), Replicas(7), ""},
                                  {DecisionStage::kBounds, Replicas(7), Replicas(6), ""}},
                      .valid_until = TimePoint(seconds(1'500))};
  status.coverage = Ratio(0.75);
  return status;
}

Telemetry Of(std::vector<WorkloadStatus> workloads) {
  return Telemetry("1.2.3", {.workloads = [=] { return workloads; }});
}

TEST(Telemetry, TellsOfAWorkloadWhatItsStatusSays) {
  const std::string page = Of({Measured()}).Page();
  const std::string labels = R"({namespace="shop",scalingprofile="checkout"} )";
  EXPECT_THAT(page, HasSubstr("loadcurve_profile_load_metricsqps" + labels + "123.5\n"));
  EXPECT_THAT(page, HasSubstr("loadcurve_profile_measured_timestamp_seconds" + labels + "1260\n"));
  EXPECT_THAT(page, HasSubstr("loadcurve_profile_replicas" + labels + "4\n"));
  EXPECT_THAT(page, HasSubstr("loadcurve_profile_replicas_ready" + labels + "3\n"));
  EXPECT_THAT(page, HasSubstr("loadcurve_profile_replicas_wanted" + labels + "6\n"));
  EXPECT_THAT(page, HasSubstr("loadcurve_profile_coverage_ratio" + labels + "0.75\n"));
  EXPECT_THAT(page, HasSubstr("loadcurve_profile_at_maximum" + labels + "1\n"));
  EXPECT_THAT(page, HasSubstr("loadcurve_profile_guarded" + labels + "0\n"));
  EXPECT_THAT(page, HasSubstr("loadcurve_profile_disturbed" + labels + "0\n"));
  EXPECT_THAT(page, HasSubstr("loadcurve_profile_braked" + labels + "0\n"));
  EXPECT_THAT(page, HasSubstr("loadcurve_profile_rollout_stage" + labels + "3\n"));
}

TEST(Telemetry, TellsOfADisturbanceOfTheBrakeAndOfARollout) {
  WorkloadStatus status = Measured();
  status.evidence.kind = EvidenceKind::kHung;
  status.why_braked = "too many";
  status.rollout = RolloutState{.stage = RolloutStage::kUpOnly};
  Telemetry telemetry = Of({status});
  TickReport report;
  report.brake.state = BrakeReport::State::kSuspicious;
  report.brake.wanted = 180;
  report.brake.allowed = 20;
  telemetry.NoteStep(report);
  const std::string page = telemetry.Page();
  const std::string labels = R"({namespace="shop",scalingprofile="checkout"} )";
  EXPECT_THAT(page, HasSubstr("loadcurve_profile_disturbed" + labels + "1\n"));
  EXPECT_THAT(page, HasSubstr("loadcurve_profile_braked" + labels + "1\n"));
  EXPECT_THAT(page, HasSubstr("loadcurve_profile_rollout_stage" + labels + "2\n"));
  EXPECT_THAT(page, HasSubstr("loadcurve_fleet_brake 2\n"));
  EXPECT_THAT(page, HasSubstr("loadcurve_fleet_brake_wanted 180\n"));
  EXPECT_THAT(page, HasSubstr("loadcurve_fleet_brake_allowed 20\n"));
}

TEST(Telemetry, TellsOfAWatchedCapacityAndOfPodsOfTwoRevisions) {
  WorkloadStatus status = Measured();
  status.observed->is_rolling_out = true;
  status.capacity = CapacityReport{.profile = MetricsQps(10),
                                   .planned = MetricsQps(7.5),
                                   .load = MetricsQps(9),
                                   .low = MetricsQps(8),
                                   .high = MetricsQps(9.5),
                                   .latency_share = 0.9,
                                   .news = RevisionNews{.cpu_ratio = 1.25}};
  const std::string page = Of({status}).Page();
  const std::string labels = R"({namespace="shop",scalingprofile="checkout"} )";
  EXPECT_THAT(page, HasSubstr("loadcurve_profile_rolling_out" + labels + "1\n"));
  EXPECT_THAT(page, HasSubstr("loadcurve_profile_capacity_metricsqps" + labels + "9\n"));
  EXPECT_THAT(page, HasSubstr("loadcurve_profile_capacity_low_metricsqps" + labels + "8\n"));
  EXPECT_THAT(page, HasSubstr("loadcurve_profile_capacity_high_metricsqps" + labels + "9.5\n"));
  EXPECT_THAT(page, HasSubstr("loadcurve_profile_capacity_planned_metricsqps" + labels + "7.5\n"));
  EXPECT_THAT(page, HasSubstr("loadcurve_profile_latency_share" + labels + "0.9\n"));
  EXPECT_THAT(page, HasSubstr("loadcurve_profile_release_cpu_ratio" + labels + "1.25\n"));
  EXPECT_THAT(Of({Measured()}).Page(), Not(HasSubstr("loadcurve_profile_capacity_metricsqps{")));
}

TEST(Telemetry, LeavesOutWhatIsNotKnown) {
  WorkloadStatus unmeasured;
  unmeasured.profile = {"shop", "new"};
  const std::string page = Of({unmeasured}).Page();
  EXPECT_THAT(page, Not(HasSubstr("loadcurve_profile_load_metricsqps{")));
  EXPECT_THAT(page, Not(HasSubstr("loadcurve_profile_replicas_wanted{")));
  EXPECT_THAT(page,
              HasSubstr(R"(loadcurve_profile_problems{namespace="shop",scalingprofile="new"} 0)"));
  EXPECT_THAT(page, Not(HasSubstr("loadcurve_leader"))) << "nobody said that there is an election";
}

TEST(Telemetry, CountsSteps) {
  Telemetry telemetry = Of({});
  telemetry.NoteStep({.began = TimePoint(seconds(60)),
                      .workloads = 3,
                      .decided = 2,
                      .failed = 1,
                      .took = std::chrono::milliseconds(20)});
  telemetry.NoteStep({.began = TimePoint(seconds(75)),
                      .workloads = 3,
                      .decided = 3,
                      .failed = 0,
                      .took = std::chrono::milliseconds(2)});
  const std::string page = telemetry.Page();
  EXPECT_THAT(page, HasSubstr("loadcurve_decisions_total 5\n"));
  EXPECT_THAT(page, HasSubstr("loadcurve_profiles 3\n"));
  EXPECT_THAT(page, HasSubstr("loadcurve_profiles_failing 0\n"));
  EXPECT_THAT(page, HasSubstr("loadcurve_last_step_timestamp_seconds 75\n"));
  EXPECT_THAT(page, HasSubstr("loadcurve_step_duration_seconds_count 2\n"));
  EXPECT_THAT(page, HasSubstr("loadcurve_step_duration_seconds_bucket{le=\"0.003\"} 1\n"));
  EXPECT_THAT(page, HasSubstr("loadcurve_build_info{version=\"1.2.3\"} 1\n"));
}

TEST(Telemetry, TellsWhatIsWellAndWhatIsNot) {
  Telemetry telemetry(
      "1", {.workloads = [] { return std::vector<WorkloadStatus>(); },
            .requests = [] { return std::uint64_t{7}; },
            .is_leading = [] { return true; },
            .certificate_ends = [] { return TimePoint(seconds(86'400)); },
            .watched_bytes =
                [] {
                  return std::vector<std::pair<std::string, std::uint64_t>>{{"pods", 1520}};
                }});
  telemetry.NoteHealth("profiles", false);
  telemetry.NoteHealth("pods", true);
  telemetry.NoteHealth("profiles", true);
  telemetry.NoteHealth("pods", false);
  const std::string page = telemetry.Page();
  EXPECT_THAT(page, HasSubstr("loadcurve_healthy{what=\"profiles\"} 1\n"));
  EXPECT_THAT(page, HasSubstr("loadcurve_healthy{what=\"pods\"} 0\n"));
  EXPECT_THAT(page, HasSubstr("loadcurve_leader 1\n"));
  EXPECT_THAT(page, HasSubstr("loadcurve_api_requests_total 7\n"));
  EXPECT_THAT(page, HasSubstr("loadcurve_watched_bytes_total{what=\"pods\"} 1520\n"));
  EXPECT_THAT(page, HasSubstr("loadcurve_serving_certificate_expiry_timestamp_seconds 86400\n"));
}

}  // namespace
}  // namespace loadcurve::telemetry
