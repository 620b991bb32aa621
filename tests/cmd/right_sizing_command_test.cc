// `decide --prometheus` and `why`: what containers should ask for, by the numbers of
// docs/right-sizing.md.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <nlohmann/json.hpp>
#include <string>

#include "adapters/http/certificates.h"
#include "adapters/http/http_server.h"
#include "base/clock.h"
#include "base/time_text.h"
#include "tests/support/run_program.h"
#include "tests/support/scratch_folder.h"
#include "tests/support/test_certificates.h"

namespace loadcurve {
namespace {

using nlohmann::json;
using testing::HasSubstr;
using testing::Not;

constexpr std::int64_t kStart = 1'767'225'600;  // 2026-01-01T00:00:00Z
constexpr std::int64_t kWindow = 300;
constexpr std::int64_t kWindows = 2016;

double LoadOf(std::int64_t window) {
  constexpr std::array<double, 4> kEach = {20, 40, 60, 80};
  return kEach[static_cast<std::size_t>(window % 4)];
}

std::string Decoded(std::string_view text) {
  std::string plain;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      plain += text[i];
      continue;
    }
    plain += static_cast<char>(std::stoi(std::string(text.substr(i + 1, 2)), nullptr, 16));
    i += 2;
  }
  return plain;
}

// cAdvisor and kube-state-metrics of eight replicas with one container.
class Containers final : public http::RequestHandler {
 public:
  std::optional<http::ServerResponse> AnswerAtOnce(const http::ServerRequest& request) override {
    const std::string query = Decoded(request.body);
    return http::ServerResponse{.headers = {{"Content-Type", "application/json"}},
                                .body = R"({"status":"success","data":)" + AnswerTo(query) + "}"};
  }
  http::ServerResponse Answer(const http::ServerRequest&) override { return {.status = 500}; }

 private:
  static bool Has(const std::string& query, std::string_view part) {
    return query.find(part) != std::string::npos;
  }

  static std::string AnswerTo(const std::string& query) {
    if (Has(query, "kube_pod_container_resource"))
      return R"({"resultType":"vector","result":[
          {"metric":{"container":"app","resource":"cpu"},"value":[1,"2"]},
          {"metric":{"container":"app","resource":"memory"},"value":[1,"4294967296"]}]})";
    std::string values;
    for (std::int64_t i = 0; i < kWindows; ++i)
      values += (i == 0 ? "[" : ",[") + std::to_string(kStart + (i + 1) * kWindow) + ",\"" +
                std::to_string(ValueOf(query, LoadOf(i))) + "\"]";
    return R"({"resultType":"matrix","result":[{"metric":{"container":"app"},"values":[)" + values +
           "]}]}";
  }

  static double ValueOf(const std::string& query, double load) {
    if (Has(query, "throttled")) return 0;
    if (Has(query, "max_over_time")) return (800 + 2.5 * load) * 1048576;
    if (Has(query, "query=count")) return 8;
    return Has(query, "query=avg") ? 0.04 + 0.004 * load : 0.04 + 0.005 * load;
  }
};

constexpr std::string_view kProfile = R"y(apiVersion: loadcurve.dev/v1alpha1
kind: ScalingProfile
metadata: {name: web, namespace: shop}
spec:
  load:
    source: {kind: prometheus, prometheus: {load: "sum(sessions)"}}
    perReplica: {metricsqps: 120, binding: dependency}
  objective: {targetUtilization: 0.7}
  bounds: {minReplicas: 8, maxReplicas: 8}
  forecast: {step: 5m}
  rightSizing: {cpuHour: 0.03, gibHour: 0.004}
)y";

const std::string kPatch =
    R"(kubectl -n shop patch deployment web --type strategic -p '{"spec":{"template":{"spec":)"
    R"({"containers":[{"name":"app","resources":{"requests":{"cpu":"460m","memory":"1168Mi"},)"
    R"("limits":{"cpu":"640m","memory":"1408Mi"}}}]}}}}')";

class RightSizingCommand : public testing::Test {
 protected:
  std::unique_ptr<http::HttpServer> Serve(http::RequestHandler& handler) {
    return http::HttpServer::Start({}, TestServer(authority_), handler, clock_).value();
  }

  std::vector<std::string> Decide(std::uint16_t port) {
    std::string series = "time,value\n";
    for (std::int64_t i = 0; i < kWindows; ++i)
      series += std::to_string(kStart + i * kWindow) + "," + std::to_string(8 * LoadOf(i)) + "\n";
    return {"decide",
            "--profile",
            profile_,
            "--series",
            folder_.Write("load.csv", series),
            "--step",
            "5m",
            "--current",
            "8",
            "--prometheus",
            "https://127.0.0.1:" + std::to_string(port),
            "--prometheus-ca",
            ca_};
  }

  SystemClock clock_;
  ScratchFolder folder_;
  http::CertificatePair authority_ = TestAuthority("cluster");
  std::string ca_ = folder_.Write("ca.crt", authority_.certificate_pem);
  std::string profile_ = folder_.Write("p.yaml", kProfile);
};

TEST_F(RightSizingCommand, DecideAdvisesInTableAndJson) {
  Containers containers;
  const auto server = Serve(containers);
  auto arguments = Decide(server->port());
  const ProgramRun table = RunLoadcurve(arguments);
  EXPECT_EQ(table.exit_code, 0) << table.error;
  EXPECT_THAT(table.out, HasSubstr("app        CPU request     2    460m"));
  EXPECT_THAT(table.out, HasSubstr("of the CPU that is asked for 12 % is used now, 52.2 % then"));
  EXPECT_THAT(table.out, HasSubstr("8 replicas cost 0.608 an hour now, 0.1469 then: 75.8 % less"));
  EXPECT_THAT(table.out, HasSubstr(kPatch));
  arguments.insert(arguments.end(), {"-o", "json"});
  const ProgramRun run = RunLoadcurve(arguments);
  ASSERT_EQ(run.exit_code, 0) << run.error;
  const json advice = json::parse(run.out)["advice"];
  EXPECT_EQ(advice["containers"][0]["advised"]["requests"]["cpu"], "460m");
  EXPECT_EQ(advice["saving"]["replicas"], 8);
  EXPECT_EQ(advice["looked"]["windows"], kWindows);
  EXPECT_EQ(advice["patch"], kPatch + "\n");
}

TEST_F(RightSizingCommand, DecideNeedsANamespaceToKnowThePods) {
  Containers containers;
  const auto server = Serve(containers);
  std::string bare(kProfile);
  bare.replace(bare.find(", namespace: shop"), 17, "");
  profile_ = folder_.Write("bare.yaml", bare);
  const ProgramRun run = RunLoadcurve(Decide(server->port()));
  EXPECT_EQ(run.exit_code, 2);
  EXPECT_THAT(run.error, HasSubstr("metadata.namespace is absent; expected one"));
}

// ---- why

class Cluster final : public http::RequestHandler {
 public:
  std::optional<http::ServerResponse> AnswerAtOnce(const http::ServerRequest& request) override {
    const bool is_known = request.target.find("/scalingprofiles") != std::string_view::npos;
    return http::ServerResponse{
        .status = is_known ? 200 : 404,
        .headers = {{"Content-Type", "application/json"}},
        .body = is_known ? profiles.dump()
                         : R"({"kind": "Status", "reason": "NotFound", "message": "none"})"};
  }
  http::ServerResponse Answer(const http::ServerRequest&) override { return {.status = 500}; }

  json profiles = json::parse(R"y({"apiVersion": "loadcurve.dev/v1alpha1",
    "kind": "ScalingProfileList", "metadata": {"resourceVersion": "1"},
    "items": [{"apiVersion": "loadcurve.dev/v1alpha1", "kind": "ScalingProfile",
      "metadata": {"name": "web", "namespace": "shop"},
      "spec": {"load": {"source": {"kind": "prometheus", "prometheus": {"load": "sum(x)"}}},
               "rightSizing": {}},
      "status": {"advice": {"message": "of 2016 windows", "time": "2026-01-08T00:00:00Z",
        "containers": [{"name": "app", "now": {"requests": {"cpu": "2", "memory": "4Gi"}},
          "advised": {"requests": {"cpu": "460m", "memory": "1168Mi"},
                      "limits": {"cpu": "640m", "memory": "1408Mi"}},
          "why": "CPU 0.46 cores"}]}}}]})y");
};

TEST_F(RightSizingCommand, WhyShowsWhatTheStatusAdvisesAndThePatch) {
  Cluster cluster;
  const auto server = Serve(cluster);
  const std::string config =
      folder_.Write("config",
                    "apiVersion: v1\nkind: Config\ncurrent-context: c\n"
                    "clusters: [{name: c, cluster: {server: \"https://127.0.0.1:" +
                        std::to_string(server->port()) + "\", certificate-authority: \"" + ca_ +
                        "\"}}]\nusers: [{name: u, user: {token: t}}]\n"
                        "contexts: [{name: c, context: {cluster: c, user: u, namespace: shop}}]\n");
  const auto why = [&](const std::string& output) {
    return RunLoadcurve({"why", "profile/web", "--kubeconfig", config, "-o", output});
  };
  const ProgramRun text = why("text");
  EXPECT_EQ(text.exit_code, 0) << text.error;
  EXPECT_THAT(text.out, HasSubstr("Right-sizing, which nobody applies but you:"));
  EXPECT_THAT(text.out, HasSubstr("app        memory request  4Gi  1168Mi"));
  EXPECT_THAT(text.out, HasSubstr(kPatch));
  EXPECT_EQ(json::parse(why("json").out)["advice"]["patch"], kPatch + "\n");

  cluster.profiles["items"][0]["status"].erase("advice");
  EXPECT_THAT(why("text").out, Not(HasSubstr("Right-sizing")));
  EXPECT_TRUE(json::parse(why("json").out)["advice"].is_null());
}

}  // namespace
}  // namespace loadcurve
