#include "adapters/external_metrics/published_status.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/simulated_clock.h"

namespace loadcurve::external_metrics {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;
using testing::HasSubstr;

const TimePoint kNow(std::chrono::hours(500'000));

// 70 of load, 7 a replica: ten replicas wanted, eight there.
WorkloadStatus Checkout() {
  WorkloadStatus status;
  status.profile = {"shop", "checkout"};
  status.at = kNow;
  status.step = minutes(1);
  status.weights_version = "cudgx";
  status.latest = LoadSample{.window_start = kNow - minutes(1),
                             .requests = 1234,
                             .concurrency = BusySlots(7),
                             .load = MetricsQps(70.123)};
  status.forecast = MetricsQps(71);
  status.per_replica = MetricsQps(7);
  status.observed = ScaleObservation{.current = Replicas(8), .ready = Replicas(8)};
  status.decision = ReplicaDecision{
      .current = Replicas(8), .desired = Replicas(10), .valid_until = kNow + minutes(3)};
  return status;
}

class Publishing : public testing::Test {
 protected:
  Result<MetricItem> Read(std::string_view metric, const std::string& namespace_name = "shop") {
    return board_.Read({namespace_name, std::string(metric),
                        LabelSelector::Parse("scalingprofile=checkout").value()});
  }

  SimulatedClock clock_{kNow};
  MetricBoard board_{PublishedMetrics(), clock_};
};

TEST_F(Publishing, GivesTheHpaTheCountAndPeopleTheRest) {
  PublishStatus(Checkout(), Ratio(0.1), board_);
  EXPECT_EQ(Read(kReplicasMetric)->value, 10);
  EXPECT_EQ(Read(kLoadMetric)->value, 70.1);
  EXPECT_EQ(Read(kForecastMetric)->value, 71);
  EXPECT_EQ(Read(kPerReplicaMetric)->value, 7);
  EXPECT_EQ(Read(kUtilizationMetric)->value, 1.25);  // 70.123 / (7 * 8)
  EXPECT_EQ(Read(kQpsMetric)->value, 20.6);          // 1234 / 60
  EXPECT_EQ(Read(kLoadMetric)->window, minutes(1));
  EXPECT_EQ(Read(kLoadMetric)->measured_at, kNow);
}

TEST_F(Publishing, GivesNoRequestsASecondWhereNoneAreCounted) {
  WorkloadStatus status = Checkout();
  status.counts_requests = false;
  status.weights_version = "queue-1m";
  PublishStatus(status, Ratio(0.1), board_);
  EXPECT_EQ(Read(kLoadMetric)->value, 70.1);
  EXPECT_EQ(Read(kUtilizationMetric)->value, 1.25);
  EXPECT_THAT(Read(kQpsMetric).error().message, HasSubstr("no requests are counted"));
  status.latest.reset();
  status.problems = {Error{ErrorCode::kUnavailable, "nobody answers"}};
  PublishStatus(status, Ratio(0.1), board_);
  EXPECT_THAT(Read(kQpsMetric).error().message, HasSubstr("no requests are counted"));
}

TEST_F(Publishing, AsksForTheNextCountThatTheHpasToleranceLetsThrough) {
  WorkloadStatus status = Checkout();
  status.decision->current = Replicas(10);
  status.decision->desired = Replicas(11);
  PublishStatus(status, Ratio(0.1), board_);
  EXPECT_EQ(Read(kReplicasMetric)->value, 12);
  PublishStatus(status, Ratio(0), board_);
  EXPECT_EQ(Read(kReplicasMetric)->value, 11);
}

TEST_F(Publishing, LetsADecisionEndWhenItIsNoLongerValid) {
  PublishStatus(Checkout(), Ratio(0.1), board_);
  clock_.Advance(minutes(3) - seconds(1));
  EXPECT_TRUE(Read(kReplicasMetric));
  clock_.Advance(seconds(2));
  EXPECT_EQ(Read(kReplicasMetric).error().code, ErrorCode::kInsufficientData);
}

TEST_F(Publishing, SaysWhyThereIsNoValue) {
  WorkloadStatus status = Checkout();
  status.decision.reset();
  status.latest.reset();
  status.problems = {{ErrorCode::kUnavailable, "http://prometheus:9090 does not answer"}};
  PublishStatus(status, Ratio(0.1), board_);
  EXPECT_THAT(Read(kReplicasMetric).error().message,
              HasSubstr("http://prometheus:9090 does not answer"));
  EXPECT_THAT(Read(kLoadMetric).error().message, HasSubstr("does not answer"));
}

TEST_F(Publishing, MeasuresIdleAsZeroAndNotAsMissing) {
  WorkloadStatus status = Checkout();
  status.latest = LoadSample{.window_start = kNow - minutes(1)};
  PublishStatus(status, Ratio(0.1), board_);
  EXPECT_EQ(Read(kLoadMetric)->value, 0);
  EXPECT_EQ(Read(kUtilizationMetric)->value, 0);
}

TEST_F(Publishing, PutsProfilesOutsideAClusterWhereKubectlLooks) {
  WorkloadStatus status = Checkout();
  status.profile.namespace_name = "";
  PublishStatus(status, Ratio(0.1), board_);
  EXPECT_EQ(Read(kReplicasMetric, "default")->value, 10);
}

}  // namespace
}  // namespace loadcurve::external_metrics
