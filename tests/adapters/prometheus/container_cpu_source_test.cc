#include "adapters/prometheus/container_cpu_source.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/adapters/prometheus/scripted_prometheus.h"

namespace loadcurve::prometheus {
namespace {

using std::chrono::seconds;

TimePoint At(std::int64_t s) {
  return TimePoint(seconds(s));
}

constexpr const char* kReady =
    R"(sum(kube_pod_status_ready{namespace="shop",pod=~"cart-[0-9a-z]{1,10}-[0-9a-z]{5}",condition="true"}))";

class CpuSourceTest : public ::testing::Test {
 protected:
  CpuSourceTest() {
    for (const char* pod : {"cart-1", "cart-2"}) {
      ScriptedPrometheus::Samples samples;
      for (int s = 0; s <= 600; s += 15) samples.emplace_back(s, 0.25 * s);
      server_.Add("container_cpu_usage_seconds_total",
                  {{"namespace", "shop"}, {"pod", pod}, {"container", "app"}}, samples);
    }
  }

  MeasuredCpu Read() {
    ContainerCpuSource source(QueryClient::Make(server_, {.base_url = "http://p"}).value(),
                              {.names = {{"shop", "Deployment", "cart"}}});
    return source.Read(At(120), At(300), seconds(60)).value();
  }

  ScriptedPrometheus server_;
};

TEST_F(CpuSourceTest, TellsWhoseCpuItIsAndHowManyWereReady) {
  // Two all through the first minute, a third from the second's end on.
  server_.Answer(kReady, "matrix",
                 R"([{"metric":{},"values":[[120,"2"],[180,"2"],[240,"3"],[300,"3"]]}])");
  const MeasuredCpu cpu = Read();
  ASSERT_EQ(cpu.samples.size(), 3U);
  EXPECT_NEAR(cpu.samples[0].used.value(), 0.5, 1e-9);
  EXPECT_EQ(cpu.samples[0].replicas, Replicas(2));
  EXPECT_EQ(cpu.samples[0].ready, Replicas(2));
  EXPECT_EQ(cpu.samples[1].ready, std::nullopt);
  EXPECT_EQ(cpu.samples[2].ready, Replicas(3)) << "of which cAdvisor counts two";
  EXPECT_EQ(cpu.samples[2].replicas, Replicas(2));
}

TEST_F(CpuSourceTest, KnowsNoReadyReplicasWhereNobodyTells) {
  const MeasuredCpu cpu = Read();
  ASSERT_EQ(cpu.samples.size(), 3U);
  for (const CpuSample& sample : cpu.samples) EXPECT_EQ(sample.ready, std::nullopt);
  EXPECT_EQ(cpu.limit, std::nullopt);
}

}  // namespace
}  // namespace loadcurve::prometheus
