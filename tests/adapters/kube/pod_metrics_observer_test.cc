#include "adapters/kube/pod_metrics_observer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/time_text.h"
#include "tests/support/scripted_http_transport.h"
#include "tests/support/simulated_clock.h"

namespace loadcurve::kube {
namespace {

using testing::HasSubstr;
using Script = ScriptedHttpTransport;

constexpr const char* kPodPath = "/api/v1/namespaces/shop/pods/cart-1";
constexpr const char* kMetricsPath = "/apis/metrics.k8s.io/v1beta1/namespaces/shop/pods/cart-1";

class PodMetricsObserverTest : public ::testing::Test {
 protected:
  void AnswerPod(const std::string& container_id = "containerd://1",
                 const std::string& phase = "Running") {
    server_.On("GET", kPodPath,
               Script::Ok(R"({"metadata":{"name":"cart-1","uid":"u1"},"spec":{"containers":[
                 {"name":"app","resources":{"limits":{"cpu":"1500m","memory":"1Gi"}}},
                 {"name":"proxy","resources":{"limits":{"cpu":"0.5","memory":"512Mi"}}}]},
                 "status":{"phase":")" +
                          phase + R"(","containerStatuses":[{"name":"app","containerID":")" +
                          container_id + R"("}]}})"));
  }

  void AnswerMetrics(const std::string& time, const std::string& cpu) {
    server_.On("GET", kMetricsPath,
               Script::Ok(R"({"kind":"PodMetrics","timestamp":")" + time +
                          R"(","window":"15.2s","containers":[
                 {"name":"app","usage":{"cpu":")" +
                          cpu + R"(","memory":"20Ki"}},
                 {"name":"proxy","usage":{"cpu":"100m","memory":"4Ki"}}]})"));
  }

  Result<ReplicaObservation> Observe(const std::string& time, const std::string& cpu,
                                     const std::string& container_id = "containerd://1") {
    AnswerPod(container_id);
    AnswerMetrics(time, cpu);
    return observer_.Observe();
  }

  Script server_;
  SimulatedClock clock_;
  KubeClient client_{server_, {.server = "https://k"}, clock_};
  PodMetricsObserver observer_{client_, "shop", "cart-1", clock_};
};

TEST_F(PodMetricsObserverTest, AddsUpRatesOverTheTimeBetweenTimestamps) {
  const auto first = Observe("2026-10-10T00:00:10Z", "900m");
  ASSERT_TRUE(first) << first.error().message;
  EXPECT_EQ(first->at, ParseTime("2026-10-10T00:00:10Z").value());
  EXPECT_EQ(first->cpu_seconds, 0);
  EXPECT_EQ(first->memory_bytes, 24U * 1024);
  EXPECT_EQ(first->cpu_limit_cores, 2);
  EXPECT_EQ(first->memory_limit_bytes, 1536U * 1024 * 1024);
  const auto second = Observe("2026-10-10T00:00:25Z", "400000000n");
  EXPECT_NEAR(*second->cpu_seconds, 7.5, 1e-9) << "15 s of 0.4 and 0.1 cores";
  EXPECT_EQ(second->at, ParseTime("2026-10-10T00:00:25Z").value());
  EXPECT_EQ(second->start_id, first->start_id);
  EXPECT_FALSE(second->throttled_seconds || second->threads || second->busy_slots);
}

TEST_F(PodMetricsObserverTest, GivesTheSameAgainUntilThereIsANewTimestamp) {
  Observe("2026-10-10T00:00:10Z", "900m");
  const auto second = Observe("2026-10-10T00:00:25Z", "900m");
  const auto third = Observe("2026-10-10T00:00:25Z", "900m");
  EXPECT_EQ(third->at, second->at);
  EXPECT_EQ(third->cpu_seconds, second->cpu_seconds);
}

TEST_F(PodMetricsObserverTest, BeginsAnewWithAnotherContainer) {
  const auto before = Observe("2026-10-10T00:00:10Z", "900m");
  Observe("2026-10-10T00:00:25Z", "900m");
  const auto after = Observe("2026-10-10T00:00:40Z", "900m", "containerd://2");
  EXPECT_NE(after->start_id, before->start_id);
  EXPECT_EQ(after->cpu_seconds, 0);
}

TEST_F(PodMetricsObserverTest, SeesThatAPodIsGone) {
  server_.On("GET", kPodPath, Script::Status(404, R"({"kind":"Status","reason":"NotFound"})"));
  EXPECT_FALSE(observer_.Observe()->is_alive);
  AnswerPod("containerd://1", "Failed");
  EXPECT_FALSE(observer_.Observe()->is_alive);
}

TEST_F(PodMetricsObserverTest, TakesALostObservationForAnError) {
  AnswerPod();
  server_.On("GET", kMetricsPath, Script::Status(404, R"({"kind":"Status","reason":"NotFound"})"));
  const auto early = observer_.Observe();
  ASSERT_FALSE(early);
  EXPECT_EQ(early.error().code, ErrorCode::kUnavailable);
  EXPECT_THAT(early.error().message, HasSubstr("no metrics of pod shop/cart-1 yet"));
  AnswerPod();
  server_.On("GET", kMetricsPath, Script::TimedOut());
  EXPECT_EQ(observer_.Observe().error().code, ErrorCode::kDeadlineExceeded);
  AnswerPod();
  server_.On("GET", kMetricsPath, Script::Ok(R"({"timestamp":"2026-10-10T00:00:10Z"})"));
  EXPECT_EQ(observer_.Observe().error().code, ErrorCode::kUnavailable);
}

}  // namespace
}  // namespace loadcurve::kube
