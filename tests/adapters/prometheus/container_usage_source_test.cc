#include "adapters/prometheus/container_usage_source.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/adapters/prometheus/scripted_prometheus.h"

namespace loadcurve::prometheus {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;
using testing::IsEmpty;
using testing::SizeIs;

TimePoint At(std::int64_t s) {
  return TimePoint(seconds(s));
}

const std::string kContainers =
    R"({namespace="shop",pod=~"cart-[0-9a-z]{1,10}-[0-9a-z]{5}",container!~"|POD|istio-proxy|istio-init|linkerd-proxy|linkerd-init|vault-agent|kuma-sidecar"})";
const std::string kUsed = "max by (pod, container) (rate(container_cpu_usage_seconds_total" +
                          kContainers + "[300000ms]))";

class UsageSourceTest : public ::testing::Test {
 protected:
  // By container, one value a window.
  void Answer(const std::string& query, const std::string& values) {
    server_.Answer(query, "matrix", R"([{"metric":{"container":"app"},"values":)" + values + "}]");
  }

  void Fill() {
    Answer("avg by (container) (" + kUsed + ")", R"([[600,"0.2"],[900,"0.25"],[1200,"NaN"]])");
    Answer("max by (container) (" + kUsed + ")", R"([[600,"0.3"],[900,"0.5"],[1200,"0.5"]])");
    Answer("count by (container) (" + kUsed + ")", R"([[600,"2"],[900,"3"],[1200,"3"]])");
    Answer("max by (container) (max_over_time(container_memory_working_set_bytes" + kContainers +
               "[300000ms]))",
           R"([[600,"1048576"],[900,"2097152"],[1200,"1"]])");
    Answer("max by (container) (rate(container_cpu_cfs_throttled_periods_total" + kContainers +
               "[300000ms]) / rate(container_cpu_cfs_periods_total" + kContainers + "[300000ms]))",
           R"([[600,"0.04"],[900,"0.05"]])");
    server_.Answer(
        "max by (container, resource) (kube_pod_container_resource_requests" + kContainers + ")",
        "vector",
        R"([{"metric":{"container":"app","resource":"cpu"},"value":[1200,"0.5"]},
            {"metric":{"container":"app","resource":"memory"},"value":[1200,"4194304"]},
            {"metric":{"container":"app","resource":"ephemeral_storage"},"value":[1200,"1"]}])");
    server_.Answer(
        "max by (container, resource) (kube_pod_container_resource_limits" + kContainers + ")",
        "vector", R"([{"metric":{"container":"app","resource":"cpu"},"value":[1200,"2"]}])");
  }

  Result<MeasuredUsage> Read() {
    ContainerUsageSource source(QueryClient::Make(server_, {.base_url = "http://p"}).value(),
                                {.names = {{"shop", "Deployment", "cart"}}});
    return source.Read(At(300), At(1201), minutes(5));
  }

  ScriptedPrometheus server_;
};

TEST_F(UsageSourceTest, ReadsWhatEachContainerUsedWindowByWindow) {
  Fill();
  const MeasuredUsage usage = Read().value();
  ASSERT_THAT(usage.containers, SizeIs(1));
  EXPECT_EQ(usage.containers[0].name, "app");
  const auto& windows = usage.containers[0].windows;
  ASSERT_THAT(windows, SizeIs(2)) << "the third has no CPU";
  EXPECT_EQ(windows[0].from, At(300));
  EXPECT_EQ(windows[0].to, At(600));
  EXPECT_EQ(windows[0].replicas, Replicas(2));
  EXPECT_EQ(windows[0].cpu, CpuCores(0.2));
  EXPECT_EQ(windows[0].cpu_highest, CpuCores(0.3));
  EXPECT_EQ(windows[0].memory_highest, Bytes(1 << 20));
  EXPECT_FALSE(windows[0].is_throttled);
  EXPECT_TRUE(windows[1].is_throttled) << "for a twentieth of its periods";
  EXPECT_EQ(usage.resources, std::vector{(ContainerResources{.name = "app",
                                                             .cpu_request = CpuCores(0.5),
                                                             .cpu_limit = CpuCores(2),
                                                             .memory_request = Bytes(4 << 20)})});
}

TEST_F(UsageSourceTest, KnowsNoRequestsWithoutKubeStateMetricsAndSaysWhereNothingIsCounted) {
  const auto nothing = Read();
  ASSERT_FALSE(nothing);
  EXPECT_EQ(nothing.error().code, ErrorCode::kNotFound);
  Answer("avg by (container) (" + kUsed + ")", R"([[600,"0.2"]])");
  const MeasuredUsage usage = Read().value();
  EXPECT_THAT(usage.containers, IsEmpty()) << "no window has memory";
  EXPECT_THAT(usage.resources, IsEmpty());
}

}  // namespace
}  // namespace loadcurve::prometheus
