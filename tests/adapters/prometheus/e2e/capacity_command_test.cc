// `loadcurve capacity` on a real Prometheus that holds six hours of a service in a cluster.

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <memory>
#include <nlohmann/json.hpp>
#include <numbers>

#include "tests/adapters/prometheus/e2e/local_server.h"
#include "tests/support/run_program.h"
#include "tests/support/scratch_folder.h"

namespace loadcurve::prometheus {
namespace {

using ::testing::HasSubstr;

constexpr std::int64_t kStart = 1'700'000'040;  // 2023-11-14T22:14:00Z
constexpr std::int64_t kSeconds = 6 * 3600;
constexpr int kPods = 2;

// A pod burns 0.02 cores and 5 ms for each of 20 to 100 requests a second, of a limit of 1 core:
// with all of it, it would carry 196. Each request takes 8 ms.
double RateAt(std::int64_t second) {
  return 60 - 40 * std::cos(2 * std::numbers::pi * static_cast<double>(second) / 7200);
}

// What two pods had counted, scraped every 15 s.
std::string Exposition(bool has_ready) {
  std::string requests = "# TYPE http_request_duration_seconds histogram\n";
  std::string cpu = "# TYPE container_cpu_usage_seconds counter\n";
  std::string up = "# TYPE up gauge\n";
  std::string state = "# TYPE kube_pod_status_ready gauge\n";
  std::string limits = "# TYPE kube_pod_container_resource_limits gauge\n";
  for (int pod = 0; pod < kPods; ++pod) {
    const std::string name = fmt::format("cart-5f7d9c-abcd{}", static_cast<char>('f' + pod));
    const std::string own = fmt::format(R"(namespace="shop",pod="{}")", name);
    const std::string labels = own + fmt::format(R"(,job="web",instance="{}:80")", name);
    double count = 0;
    double used = 0;
    for (std::int64_t second = 0; second <= kSeconds; second += 15) {
      const std::int64_t at = kStart + second;
      const auto whole = static_cast<std::int64_t>(count);
      const auto sample = [&](const std::string& metric, const std::string& by, double value) {
        return fmt::format("{}{{{}}} {} {}\n", metric, by, value, at);
      };
      for (const auto& [edge, share] :
           {std::pair{"0.005", 0}, {"0.01", 1}, {"0.1", 1}, {"1.0", 1}, {"+Inf", 1}})
        requests += fmt::format("http_request_duration_seconds_bucket{{{},le=\"{}\"}} {} {}\n",
                                labels, edge, whole * share, at);
      requests +=
          fmt::format("http_request_duration_seconds_count{{{}}} {} {}\n", labels, whole, at);
      requests +=
          sample("http_request_duration_seconds_sum", labels, static_cast<double>(whole) * 0.008);
      cpu += sample("container_cpu_usage_seconds_total", own + R"(,container="app")", used);
      up += sample("up", labels, 1);
      if (has_ready) state += sample("kube_pod_status_ready", own + R"(,condition="true")", 1);
      limits += sample("kube_pod_container_resource_limits",
                       own + R"(,container="app",resource="cpu")", 1);
      const double noise = 1 + 0.02 * std::sin(static_cast<double>(second) * 7.3 + pod);
      count += RateAt(second) * 15;
      used += (0.02 + 0.005 * RateAt(second)) * noise * 15;
    }
  }
  return requests + cpu + up + (has_ready ? state : "") + limits + "# EOF\n";
}

constexpr const char* kProfile = R"(apiVersion: loadcurve.dev/v1alpha1
kind: ScalingProfile
metadata: {name: cart, namespace: shop}
spec:
  targetRef: {apiVersion: apps/v1, kind: Deployment, name: cart}
  load:
    source:
      kind: prometheus
      prometheus: {histogram: http_request_duration_seconds}
    weights: {kind: occupancy, referenceSeconds: 0.1}
)";

class CapacityFromPrometheus : public ::testing::Test {
 protected:
  bool Start(bool has_ready) {
    if (!IsInstalled("prometheus") || !IsInstalled("promtool")) return false;
    const std::string text = folder_.Write("service.om", Exposition(has_ready));
    const ProgramRun blocks = RunShell("promtool tsdb create-blocks-from openmetrics '" + text +
                                       "' '" + folder_.Path("data") + "' 2>&1");
    EXPECT_EQ(blocks.exit_code, 0) << blocks.out;
    server_ = std::make_unique<LocalServer>(
        std::vector<std::string>{
            "prometheus", "--config.file=" + folder_.Write("prometheus.yml", ""),
            "--storage.tsdb.path=" + folder_.Path("data"), "--storage.tsdb.retention.time=100y",
            "--web.listen-address=127.0.0.1:" + std::to_string(port_)},
        folder_.Path("log"));
    EXPECT_TRUE(server_->Await(Url() + "/-/ready")) << folder_.Read("log");
    return true;
  }

  std::string Url() const { return "http://127.0.0.1:" + std::to_string(port_); }

  ProgramRun Run(std::vector<std::string> more) const {
    std::vector<std::string> arguments = {
        "capacity", "--prometheus", Url(),     "--profile", folder_.Write("cart.yaml", kProfile),
        "--since",  "1700000040",   "--until", "1700021640"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return RunLoadcurve(arguments);
  }

  ScratchFolder folder_;
  int port_ = FreePort();
  std::unique_ptr<LocalServer> server_;
};

TEST_F(CapacityFromPrometheus, FindsLimitReplicasAndCpuByItself) {
  if (!Start(true)) GTEST_SKIP() << "prometheus and promtool are not installed";
  const ProgramRun run = Run({"-o", "json"});
  ASSERT_EQ(run.exit_code, 0) << run.error << run.out;
  const auto found = nlohmann::json::parse(run.out);
  EXPECT_NEAR(found["rate"]["value"].get<double>() / 196, 1, 0.05);
  EXPECT_EQ(found["binds"], "cpu");
  EXPECT_EQ(found["seen"]["fewest_replicas"], 2);
  EXPECT_NEAR(found["seen"]["rate"].get<double>(), 100, 2);
  EXPECT_GT(found["seen"]["windows"], 340);
}

TEST_F(CapacityFromPrometheus, AsksForTheReplicasThatNobodyTells) {
  if (!Start(false)) GTEST_SKIP() << "prometheus and promtool are not installed";
  const ProgramRun unknown = Run({});
  EXPECT_EQ(unknown.exit_code, 2);
  EXPECT_THAT(unknown.error, HasSubstr("expected --replicas N"));
  const ProgramRun told = Run({"--replicas", "2", "-o", "json"});
  ASSERT_EQ(told.exit_code, 0) << told.error;
  EXPECT_NEAR(nlohmann::json::parse(told.out)["rate"]["value"].get<double>() / 196, 1, 0.05);
}

}  // namespace
}  // namespace loadcurve::prometheus
