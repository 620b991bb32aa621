#include "adapters/prometheus/pod_observer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/adapters/prometheus/scripted_prometheus.h"
#include "tests/support/simulated_clock.h"

namespace loadcurve::prometheus {
namespace {

using std::chrono::seconds;
using testing::HasSubstr;

TimePoint At(std::int64_t s) {
  return TimePoint(seconds(s));
}

class PodObserverTest : public ::testing::Test {
 protected:
  PodObserver Observer(const std::string& container = "") {
    return {QueryClient::Make(server_, {.base_url = "http://p"}).value(),
            {"shop", "cart-1", container},
            clock_};
  }

  // A series of what is answered, values at seconds.
  void Add(const std::string& metric, const std::string& labels, const std::string& values) {
    series_ += (series_.empty() ? "" : ",") + (R"({"metric":{"__name__":")" + metric) +
               R"(","namespace":"shop","pod":"cart-1",)" + labels + R"(},"values":[)" + values +
               "]}";
  }

  Result<ReplicaObservation> Observe(const std::string& container = "") {
    PodObserver observer = Observer(container);
    server_.Answer(observer.Selector() + "[120000ms]", "matrix", "[" + series_ + "]");
    return observer.Observe();
  }

  static constexpr const char* kApp = R"("container":"app","id":"/kubepods/a")";
  static constexpr const char* kProxy = R"("container":"proxy","id":"/kubepods/b")";

  std::string series_;
  ScriptedPrometheus server_;
  SimulatedClock clock_{At(1000)};
};

TEST_F(PodObserverTest, AsksForOnePodWithoutItsPauseContainer) {
  EXPECT_THAT(Observer().Selector(),
              HasSubstr(R"(,namespace="shop",pod="cart-1",container!~"|POD"})"));
  EXPECT_THAT(Observer("app").Selector(), HasSubstr(R"(,container="app"})"));
}

TEST_F(PodObserverTest, TellsWhatWasCountedAndWhen) {
  Add("container_cpu_usage_seconds_total", kApp, R"([970,"40"],[985,"47.5"])");
  Add("container_cpu_cfs_throttled_seconds_total", kApp, R"([970,"1"],[985,"1.5"])");
  Add("container_memory_working_set_bytes", kApp, R"([970,"900"],[985,"1000"])");
  Add("container_threads", kApp, R"([985,"12"])");
  Add("container_spec_cpu_quota", kApp, R"([985,"50000"])");
  Add("container_spec_cpu_period", kApp, R"([985,"100000"])");
  Add("container_spec_memory_limit_bytes", kApp, R"([985,"2048"])");
  const auto seen = Observe();
  ASSERT_TRUE(seen) << seen.error().message;
  EXPECT_EQ(seen->at, At(985)) << "when it was counted, not when it was asked";
  EXPECT_EQ(seen->cpu_seconds, 47.5);
  EXPECT_EQ(seen->throttled_seconds, 1.5);
  EXPECT_EQ(seen->memory_bytes, 1000U);
  EXPECT_EQ(seen->threads, 12);
  EXPECT_EQ(seen->cpu_limit_cores, 0.5);
  EXPECT_EQ(seen->memory_limit_bytes, 2048U);
  EXPECT_FALSE(seen->machine_cores || seen->busy_slots || seen->voluntary_switches);
}

TEST_F(PodObserverTest, AddsUpContainersAtOneMoment) {
  Add("container_cpu_usage_seconds_total", kApp, R"([970,"40"],[990,"50"])");
  Add("container_cpu_usage_seconds_total", kProxy, R"([965,"7"],[980,"10"])");
  const auto seen = Observe();
  ASSERT_TRUE(seen) << seen.error().message;
  EXPECT_EQ(seen->at, At(980));
  EXPECT_EQ(seen->cpu_seconds, 55) << "45 half way from 40 to 50, and 10";
}

TEST_F(PodObserverTest, PrefersTheLimitsOfThePodToThoseOfTheKernel) {
  Add("container_cpu_usage_seconds_total", kApp, R"([985,"47.5"])");
  Add("container_spec_cpu_quota", kApp, R"([985,"50000"])");
  Add("container_spec_cpu_period", kApp, R"([985,"100000"])");
  Add("kube_pod_container_resource_limits", R"("container":"app","resource":"cpu")",
      R"([985,"2"])");
  Add("kube_pod_container_resource_limits", R"("container":"app","resource":"memory")",
      R"([985,"4096"])");
  Add("kube_pod_container_resource_limits", R"("container":"init","resource":"cpu")",
      R"([985,"7"])");
  const auto seen = Observe();
  EXPECT_EQ(seen->cpu_limit_cores, 2) << "and the container that never ran has no part in it";
  EXPECT_EQ(seen->memory_limit_bytes, 4096U);
}

TEST_F(PodObserverTest, HasNoLimitWhereOneContainerHasNone) {
  Add("container_cpu_usage_seconds_total", kApp, R"([985,"47.5"])");
  Add("container_cpu_usage_seconds_total", kProxy, R"([985,"1"])");
  Add("kube_pod_container_resource_limits", R"("container":"app","resource":"cpu")",
      R"([985,"2"])");
  EXPECT_FALSE(Observe()->cpu_limit_cores);
}

TEST_F(PodObserverTest, TellsANewContainerFromTheOneBefore) {
  Add("container_cpu_usage_seconds_total", kApp, R"([940,"40"],[955,"41"])");
  const std::uint64_t before = Observe()->start_id;
  EXPECT_NE(before, 0U);
  EXPECT_EQ(Observe()->start_id, before);
  Add("container_cpu_usage_seconds_total", R"("container":"app","id":"/kubepods/c")",
      R"([985,"0.5"])");
  const auto after = Observe();
  EXPECT_NE(after->start_id, before);
  EXPECT_EQ(after->cpu_seconds, 0.5) << "the old one is still among the samples";
}

TEST_F(PodObserverTest, TakesALostObservationForAnError) {
  const auto nothing = Observe();
  ASSERT_FALSE(nothing);
  EXPECT_EQ(nothing.error().code, ErrorCode::kUnavailable);
  EXPECT_THAT(nothing.error().message, HasSubstr("of pod shop/cart-1 of the last 2m"));
  Add("container_cpu_usage_seconds_total", kApp, R"([985,"47.5"])");
  server_.WarnAlways("a store did not answer");
  const auto partial = Observe();
  ASSERT_FALSE(partial);
  EXPECT_THAT(partial.error().message, HasSubstr("may not be whole: a store did not answer"));
  server_.AnswerAll(503, "down");
  EXPECT_EQ(Observe().error().code, ErrorCode::kUnavailable);
}

}  // namespace
}  // namespace loadcurve::prometheus
