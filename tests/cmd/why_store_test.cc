// `loadcurve why --at --store` against an API server that has one profile and nothing else.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>

#include "adapters/http/certificates.h"
#include "adapters/http/http_server.h"
#include "adapters/store/sqlite_history_store.h"
#include "base/clock.h"
#include "base/time_text.h"
#include "tests/support/run_program.h"
#include "tests/support/scratch_folder.h"
#include "tests/support/test_certificates.h"

namespace loadcurve {
namespace {

using nlohmann::json;
using std::chrono::days;
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;
using testing::Contains;
using testing::HasSubstr;

const TimePoint kMinute = ParseTime("2026-02-01T13:55:00Z").value();

// One replica carries 5, not the 10 that its wide interval begins with, and at half of that 2.5.
constexpr std::string_view kProfiles = R"({
  "apiVersion": "loadcurve.dev/v1alpha1", "kind": "ScalingProfileList",
  "metadata": {"resourceVersion": "1"},
  "items": [{"apiVersion": "loadcurve.dev/v1alpha1", "kind": "ScalingProfile",
    "metadata": {"name": "cart", "namespace": "shop"},
    "spec": {"targetRef": {"name": "web"},
      "load": {"source": {"kind": "prometheus", "prometheus": {"preset": "istio"}},
        "weights": {"kind": "occupancy", "referenceSeconds": 0.1},
        "perReplica": {"metricsqps": 10, "low": 4, "high": 20,
                       "weightsVersion": "occupancy-100ms"}},
      "objective": {"targetUtilization": 0.5}}}]})";

class OneProfile final : public http::RequestHandler {
 public:
  std::optional<http::ServerResponse> AnswerAtOnce(const http::ServerRequest& request) override {
    const bool is_known = request.target.find("/scalingprofiles") != std::string_view::npos;
    return http::ServerResponse{
        .status = is_known ? 200 : 404,
        .headers = {{"Content-Type", "application/json"}},
        .body = is_known ? std::string(kProfiles)
                         : R"({"kind": "Status", "reason": "NotFound", "message": "none"})"};
  }
  http::ServerResponse Answer(const http::ServerRequest&) override { return {.status = 500}; }
};

class WhyStore : public testing::Test {
 protected:
  WhyStore() {
    const http::CertificatePair authority = TestAuthority("cluster");
    server_ = http::HttpServer::Start({}, TestServer(authority), handler_, clock_).value();
    const std::string ca = folder_.Write("ca.crt", authority.certificate_pem);
    folder_.Write("config",
                  "apiVersion: v1\nkind: Config\ncurrent-context: c\n"
                  "clusters: [{name: c, cluster: {server: \"https://127.0.0.1:" +
                      std::to_string(server_->port()) + "\", certificate-authority: \"" + ca +
                      "\"}}]\nusers: [{name: u, user: {token: t}}]\n"
                      "contexts: [{name: c, context: {cluster: c, user: u, "
                      "namespace: shop}}]\n");
    store_ = store::SqliteHistoryStore::Open(folder_.Path("history.db"), true).value();
  }

  // Each window of [since, until) holds one slot: 10 MetricsQPS. The next three are idle.
  void Record(const std::string& workload, TimePoint since, TimePoint until, Duration step) {
    MeasuredRequests measured{RequestCounts::Make(DurationBounds::Default(), step).value()};
    const auto series = measured.counts.Intern("", "", RequestClass::kServed);
    for (TimePoint at = since; at < until; at += step)
      measured.counts.Record(series, at + step - Duration(1), step - Duration(1));
    const std::int64_t idle = measured.counts.WindowOf(until);
    measured.idle_windows = {idle, idle + 1, idle + 2};
    ASSERT_TRUE(store_->Record({{workload, measured}}));
  }

  ProgramRun Why(const std::string& at, const std::string& output,
                 const std::string& store = "history.db") const {
    return RunLoadcurve({"why", "web", "--kubeconfig", folder_.Path("config"), "--at", at,
                         "--store", folder_.Path(store), "-o", output});
  }

  json Report(const std::string& at) const {
    const ProgramRun run = Why(at, "json");
    EXPECT_EQ(run.exit_code, 0) << run.error;
    return json::parse(run.out, nullptr, false);
  }

  SystemClock clock_;
  ScratchFolder folder_;
  OneProfile handler_;
  std::unique_ptr<http::HttpServer> server_;
  std::unique_ptr<store::SqliteHistoryStore> store_;
};

TEST_F(WhyStore, TellsTheLoadOfThatMinuteAndWhatItNeeds) {
  Record("web", kMinute - minutes(1), kMinute + minutes(1), minutes(1));
  const json report = Report("2026-02-01T13:55:30Z");
  EXPECT_NEAR(report["load"], 10, 1e-3);
  EXPECT_EQ(report["load_since"], "2026-02-01T13:55:00Z");
  EXPECT_EQ(report["load_seconds"], 60);
  EXPECT_EQ(report["need"], 4);  // 10 / (5 * 0.5)
  EXPECT_THAT(Why("2026-02-01T13:55:30Z", "text").out,
              HasSubstr("measured   10 MetricsQPS in the 1m from 2026-02-01T13:55:00Z on, by the "
                        "history store; that needs 4 replicas"));
}

TEST_F(WhyStore, PrefersWhatServeKeptOfTheProfile) {
  Record("web", kMinute, kMinute + minutes(1), minutes(1));
  Record("shop/cart", kMinute - minutes(2), kMinute - minutes(1), minutes(1));
  const json report = Report("2026-02-01T13:55:30Z");
  EXPECT_EQ(report["load"], 0);
  EXPECT_EQ(report["need"], 0);
}

TEST_F(WhyStore, TellsIdleFromUnknown) {
  Record("web", kMinute - minutes(1), kMinute, minutes(1));
  EXPECT_EQ(Report("2026-02-01T13:55:30Z")["load"], 0);
  const json later = Report("2026-02-01T15:00:00Z");
  EXPECT_TRUE(later["load"].is_null());
  EXPECT_THAT(later["unknown"], Contains("the load: " + folder_.Path("history.db") +
                                         " holds nothing of 'shop/cart' at that time"));
}

TEST_F(WhyStore, TellsTheHourWhereNoMinutesAreKept) {
  const TimePoint hour = std::chrono::floor<hours>(kMinute);
  Record("web", hour, hour + hours(1), minutes(1));
  ASSERT_EQ(store_->Thin({}, hour + days(50))->hours_thinned, 2);
  const json report = Report("2026-02-01T13:55:30Z");
  EXPECT_NEAR(report["load"], 10, 1e-3);
  EXPECT_EQ(report["load_since"], "2026-02-01T13:00:00Z");
  EXPECT_EQ(report["load_seconds"], 3600);
}

TEST_F(WhyStore, SaysThatAStoreIsNotThereBeforeItAsksTheCluster) {
  server_->Drain(seconds(0));
  const ProgramRun run = Why("2026-02-01T13:55:30Z", "text", "absent.db");
  EXPECT_EQ(run.exit_code, 2);
  EXPECT_THAT(run.error, HasSubstr("absent.db: the store cannot be opened"));
}

}  // namespace
}  // namespace loadcurve
