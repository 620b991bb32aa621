#include "adapters/prometheus/container_cpu.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/adapters/prometheus/scripted_prometheus.h"

namespace loadcurve::prometheus {
namespace {

using std::chrono::seconds;
using testing::HasSubstr;

TimePoint At(std::int64_t s) {
  return TimePoint(seconds(s));
}

constexpr const char* kUsage = "container_cpu_usage_seconds_total";
constexpr const char* kPeriods = "container_cpu_cfs_periods_total";
constexpr const char* kThrottled = "container_cpu_cfs_throttled_periods_total";

class Cpu : public testing::Test {
 protected:
  // A counter that rises by `rate` a second, scraped every 15 s from `first` to `last`.
  void Count(const char* metric, const std::string& pod, int first, int last, double rate,
             double from = 0) {
    ScriptedPrometheus::Samples samples;
    for (int s = first; s <= last; s += 15) samples.emplace_back(s, from + rate * (s - first));
    server_.Add(metric, {{"namespace", "shop"}, {"pod", pod}, {"container", "app"}}, samples);
  }

  Result<ContainerCpu> Read(std::int64_t since, std::int64_t until) {
    ContainerCpuOptions options;
    options.names.workload = {"shop", "Deployment", "cart"};
    return ReadContainerCpu(client_, options, At(since), At(until));
  }

  ScriptedPrometheus server_;
  QueryClient client_ = QueryClient::Make(server_, {.base_url = "http://p"}).value();
};

constexpr const char* kContainers =
    R"(namespace="shop",pod=~"cart-[0-9a-z]{1,10}-[0-9a-z]{5}",container!~"|POD|istio-proxy|istio-init|linkerd-proxy|linkerd-init|vault-agent|kuma-sidecar")";

TEST_F(Cpu, AddsUpThePodsOfAWindow) {
  Count(kUsage, "cart-1", 3, 600, 0.5);
  Count(kUsage, "cart-2", 8, 600, 0.25);
  const auto cpu = Read(120, 240);
  ASSERT_TRUE(cpu) << cpu.error().message;
  ASSERT_EQ(cpu->samples.size(), 2U);
  EXPECT_EQ(cpu->samples[0].from, At(120));
  EXPECT_EQ(cpu->samples[1].to, At(240));
  EXPECT_NEAR(cpu->samples[0].used.value(), 0.75, 1e-9);
  EXPECT_EQ(cpu->pods[0], Replicas(2));
  EXPECT_FALSE(cpu->samples[0].is_throttled);
  EXPECT_EQ(cpu->limit, std::nullopt);
  EXPECT_EQ(server_.Queries()[0], std::string(kUsage) + "{" + kContainers + "}[420000ms]");
}

TEST_F(Cpu, CountsOnceAContainerThatIsScrapedInTwoWays) {
  Count(kUsage, "cart-1", 3, 600, 0.5);
  ScriptedPrometheus::Samples samples;
  for (int s = 0; s <= 600; s += 30) samples.emplace_back(s, 0.5 * s);
  server_.Add(kUsage,
              {{"namespace", "shop"},
               {"pod", "cart-1"},
               {"container", "app"},
               {"metrics_path", "/metrics/resource"}},
              samples);
  const auto cpu = Read(120, 240);
  ASSERT_TRUE(cpu) << cpu.error().message;
  EXPECT_NEAR(cpu->samples[0].used.value(), 0.5, 1e-9);
  EXPECT_EQ(cpu->pods[0], Replicas(1));
}

TEST_F(Cpu, LeavesOutWindowsInWhichAPodComesOrGoes) {
  Count(kUsage, "cart-1", 0, 900, 0.5);
  Count(kUsage, "cart-2", 330, 900, 0.5);
  Count(kUsage, "cart-3", 0, 440, 0.5);
  const auto cpu = Read(240, 600);
  ASSERT_TRUE(cpu);
  // [300, 360) has cart-2 come, [420, 480) has cart-3 go.
  ASSERT_EQ(cpu->samples.size(), 4U);
  EXPECT_EQ(cpu->samples[1].from, At(360));
  EXPECT_EQ(cpu->pods[1], Replicas(3));
  EXPECT_EQ(cpu->samples[2].from, At(480));
  EXPECT_EQ(cpu->pods[2], Replicas(2));
}

TEST_F(Cpu, GoesOnAfterARestart) {
  ScriptedPrometheus::Samples samples;
  for (int s = 0; s <= 300; s += 15) samples.emplace_back(s, s < 150 ? 100 + s : s - 150);
  server_.Add(kUsage, {{"pod", "cart-1"}, {"container", "app"}}, samples);
  const auto cpu = Read(120, 180);
  ASSERT_TRUE(cpu);
  // 120 to 135 counts 15 s, then from zero: 0 at 150, 30 at 180.
  EXPECT_NEAR(cpu->samples.at(0).used.value(), 45 / 60., 1e-9);
}

TEST_F(Cpu, SaysWhereTheQuotaHeldItBack) {
  Count(kUsage, "cart-1", 0, 900, 0.5);
  Count(kPeriods, "cart-1", 0, 900, 10);
  ScriptedPrometheus::Samples samples;
  // 1 % of the periods before 240, a tenth after.
  for (int s = 0; s <= 900; s += 15)
    samples.emplace_back(s, s < 240 ? 0.1 * s : 24 + 1.0 * (s - 240));
  server_.Add(kThrottled, {{"pod", "cart-1"}, {"container", "app"}}, samples);
  const auto cpu = Read(120, 360);
  ASSERT_TRUE(cpu);
  EXPECT_FALSE(cpu->samples.at(0).is_throttled);
  EXPECT_TRUE(cpu->samples.at(2).is_throttled);
}

TEST_F(Cpu, ReadsLimitsWhereKubeStateMetricsTell) {
  Count(kUsage, "cart-1", 0, 900, 0.5);
  server_.Answer(std::string("min(sum by (pod) (kube_pod_container_resource_limits{") +
                     kContainers + R"(,resource="cpu"})))",
                 "vector", R"([{"metric":{},"value":[240,"2"]}])");
  const auto cpu = Read(120, 240);
  ASSERT_TRUE(cpu);
  EXPECT_EQ(cpu->limit, CpuCores(2));
  EXPECT_EQ(cpu->request, std::nullopt);
}

TEST_F(Cpu, ReadsDaysInPieces) {
  Count(kUsage, "cart-1", 0, 100'000, 0.5);
  const auto cpu = Read(600, 97'200);
  ASSERT_TRUE(cpu);
  EXPECT_EQ(cpu->samples.size(), (97'200U - 600) / 60);
  for (const CpuSample& sample : cpu->samples) EXPECT_NEAR(sample.used.value(), 0.5, 1e-6);
}

TEST_F(Cpu, SaysWhatItDidNotFind) {
  const auto cpu = Read(120, 240);
  EXPECT_EQ(cpu.error().code, ErrorCode::kNotFound);
  EXPECT_THAT(cpu.error().message, HasSubstr(kUsage));
  EXPECT_EQ(Read(130, 170).error().code, ErrorCode::kInvalidArgument);
}

}  // namespace
}  // namespace loadcurve::prometheus
