// Metrics that are not ours, asked of a second server behind real TLS.

#include "adapters/external_metrics/metric_forwarder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <condition_variable>
#include <mutex>
#include <nlohmann/json.hpp>
#include <thread>

#include "adapters/external_metrics/api_server.h"
#include "adapters/external_metrics/metric_board.h"
#include "adapters/http/curl_transport.h"
#include "adapters/http/http_server.h"
#include "tests/adapters/external_metrics/review_peer.h"
#include "tests/support/echo_handler.h"
#include "tests/support/scripted_http_transport.h"
#include "tests/support/tls_client.h"

namespace loadcurve::external_metrics {
namespace {

using nlohmann::json;
using std::chrono::hours;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

const std::string kList =
    R"({"kind":"ExternalMetricValueList","apiVersion":"external.metrics.k8s.io/v1beta1",)"
    R"("metadata":{},"items":[{"metricName":"s0-queue","value":"42"}]})";

// Says what it was told to, and keeps what it was asked.
class SecondServer final : public http::RequestHandler {
 public:
  std::optional<http::ServerResponse> AnswerAtOnce(const http::ServerRequest&) override {
    return std::nullopt;
  }
  http::ServerResponse Answer(const http::ServerRequest& request) override {
    std::unique_lock lock(mutex_);
    std::string asked(request.target);
    for (const auto& [name, value] : request.headers)
      asked += "\n" + std::string(name) + ": " + std::string(value);
    asked_.push_back(asked);
    changed_.notify_all();
    changed_.wait(lock, [&] { return is_open_; });
    return answer_;
  }

  void Say(int status, const std::string& body) {
    const std::lock_guard lock(mutex_);
    answer_ = {.status = status, .headers = {{"Retry-After", "30"}}, .body = body};
  }
  void Hold() {
    const std::lock_guard lock(mutex_);
    is_open_ = false;
  }
  void Open() {
    const std::lock_guard lock(mutex_);
    is_open_ = true;
    changed_.notify_all();
  }
  void AwaitAsked(std::size_t count) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return asked_.size() >= count; });
  }
  std::vector<std::string> asked() {
    const std::lock_guard lock(mutex_);
    return asked_;
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool is_open_ = true;
  http::ServerResponse answer_{.body = kList};
  std::vector<std::string> asked_;
};

class MetricForwarderTest : public ::testing::Test {
 protected:
  ~MetricForwarderTest() override { second_.Open(); }

  std::string Url() const { return "https://127.0.0.1:" + std::to_string(second_server_->port()); }
  static std::string MessageOf(const http::ServerResponse& response) {
    return json::parse(response.body).value("message", "");
  }

  SystemClock clock_;
  http::Validity today_{clock_.Now() - hours(1), hours(48)};
  http::CertificatePair authority_ = http::MakeAuthority("second-ca", today_).value();
  SecondServer second_;
  std::unique_ptr<http::HttpServer> second_server_ =
      http::HttpServer::Start(
          {},
          http::IssueLeaf(authority_, {.common_name = "second", .addresses = {"127.0.0.1"}}, today_)
              .value(),
          second_, clock_)
          .value();
  http::CurlTransport transport_{{.ca_pem = authority_.certificate_pem}, clock_};
  MetricForwarder forwarder_{transport_, Url()};
};

TEST_F(MetricForwarderTest, PassesAListThroughAsItCame) {
  const auto response = forwarder_.Answer("shop", "s0-queue", "scaledobject=web,tier in (a,b)");
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(response.body, kList);
  EXPECT_EQ(http::HeaderOf(response.headers, "Retry-After"), "");
  ASSERT_EQ(second_.asked().size(), 1U);
  EXPECT_THAT(second_.asked()[0],
              StartsWith("/apis/external.metrics.k8s.io/v1beta1/namespaces/shop/s0-queue"
                         "?labelSelector=scaledobject%3Dweb%2Ctier%20in%20%28a%2Cb%29\n"));
  EXPECT_THAT(second_.asked()[0], HasSubstr("Accept: application/json"));
}

TEST_F(MetricForwarderTest, PassesAStatusThroughWithoutPercentSignsAndWithoutRetryAfter) {
  second_.Say(500,
              R"({"kind":"Status","apiVersion":"v1","status":"Failure","reason":"InternalError",
                      "message":"100%d of it","details":{"name":"q","retryAfterSeconds":9},"code":500})");
  const auto response = forwarder_.Answer("shop", "s0-queue", "");
  EXPECT_EQ(response.status, 500);
  EXPECT_EQ(MessageOf(response), "100 percentd of it");
  EXPECT_THAT(response.body, HasSubstr("InternalError"));
  EXPECT_THAT(response.body, Not(HasSubstr("retryAfter")));
  EXPECT_EQ(http::HeaderOf(response.headers, "Retry-After"), "");
}

TEST_F(MetricForwarderTest, MakesA503OfAllElseThatNamesTheSecondServer) {
  const std::vector<std::pair<int, std::string>> answers = {
      {200, "%s%n"},
      {200, "{}"},
      {200, R"({"kind":"ExternalMetricValueList","apiVersion":"v2","items":[]})"},
      {200, R"({"kind":"Status","status":"Success"})"},
      {302, kList},
      {502, "<html>bad gateway</html>"},
      {403, R"({"kind":"Status","message":"%d User \"x\" cannot list"})"},
      {401, ""}};
  for (const auto& [status, body] : answers) {
    second_.Say(status, body);
    const auto response = forwarder_.Answer("shop", "s0-queue", "");
    EXPECT_EQ(response.status, 503) << body;
    EXPECT_THAT(MessageOf(response), HasSubstr(Url())) << body;
    EXPECT_THAT(MessageOf(response), HasSubstr(std::to_string(status))) << body;
    EXPECT_THAT(response.body, Not(HasSubstr("%"))) << body;
    EXPECT_EQ(http::HeaderOf(response.headers, "Retry-After"), "");
  }
  EXPECT_EQ(second_.asked().size(), answers.size());  // nothing was tried twice
}

TEST_F(MetricForwarderTest, NeverTrustsAServerThatNobodyVouchesFor) {
  http::CurlTransport strict(
      {.ca_pem = http::MakeAuthority("other", today_).value().certificate_pem}, clock_);
  MetricForwarder forwarder(strict, Url());
  const auto response = forwarder.Answer("shop", "s0-queue", "");
  EXPECT_EQ(response.status, 503);
  EXPECT_THAT(MessageOf(response), HasSubstr("certificate"));
  EXPECT_TRUE(second_.asked().empty());
}

TEST_F(MetricForwarderTest, TellsThatNobodyIsThere) {
  MetricForwarder forwarder(transport_, "https://127.0.0.1:1");
  const auto response = forwarder.Answer("shop", "s0-queue", "");
  EXPECT_EQ(response.status, 503);
  EXPECT_THAT(MessageOf(response), HasSubstr("https://127.0.0.1:1 (--forward): "));
}

TEST_F(MetricForwarderTest, AsksOnceForAllAndRefusesTheNinth) {
  second_.Hold();
  std::vector<std::jthread> callers;
  for (int i = 0; i < MetricForwarder::kMostAtOnce; ++i)
    callers.emplace_back([&, i] {
      EXPECT_EQ(forwarder_.Answer("shop", i == 0 ? "s0-queue" : "s1-queue", "").status, 200);
    });
  second_.AwaitAsked(2);
  for (int i = 0; i < 1'000'000 && forwarder_.now() < MetricForwarder::kMostAtOnce; ++i)
    std::this_thread::yield();
  const auto refused = forwarder_.Answer("shop", "s2-queue", "");
  EXPECT_EQ(refused.status, 503);
  EXPECT_THAT(MessageOf(refused), HasSubstr("8 requests wait for it already"));
  second_.Open();
  callers.clear();
  EXPECT_EQ(second_.asked().size(), 2U);
  EXPECT_EQ(forwarder_.Answer("shop", "s2-queue", "").status, 200);
}

TEST_F(MetricForwarderTest, CannotBeLedToAnotherPath) {
  for (const std::string name : {"..", ".", "", "a/../../b"}) {
    EXPECT_EQ(forwarder_.Answer(name, "s0-queue", "").status, 400) << name;
    EXPECT_EQ(forwarder_.Answer("shop", name, "").status, 400) << name;
  }
  EXPECT_TRUE(second_.asked().empty());
  EXPECT_EQ(forwarder_.Answer("shop", "a?b#c", "").status, 200);
  EXPECT_THAT(second_.asked()[0], HasSubstr("/shop/a%3Fb%23c\n"));
}

TEST(MetricForwarderUrl, IsHttpsAndAHost) {
  EXPECT_TRUE(MetricForwarder::CheckUrl("https://keda-metrics-apiserver.keda.svc:443"));
  for (const char* url :
       {"", "http://keda", "https://", "https://keda/path", "https://a@b", "keda"})
    EXPECT_EQ(MetricForwarder::CheckUrl(url).error().code, ErrorCode::kInvalidArgument) << url;
}

// The API with a second server behind it: everyone is "web" in group system:masters, or anonymous.
class ForwardingApiTest : public ::testing::Test {
 protected:
  ForwardingApiTest() {
    EXPECT_TRUE(
        authenticator_.Update({.client_ca_pem = client_ca_.certificate_pem, .proxy_ca_pem = ""}));
    second_.Play([](const http::HttpRequest&) { return ScriptedHttpTransport::Ok(kList); });
  }
  std::string Ask(const std::string& metric, const http::CertificatePair* pair,
                  const std::string& headers = "") {
    TlsClient client(server_->port(), {.pair = pair});
    return client.Ask(std::string(kRoot) + "/namespaces/shop/" + metric, headers);
  }

  SystemClock clock_;
  http::Validity today_{clock_.Now() - hours(1), hours(48)};
  http::CertificatePair client_ca_ = http::MakeAuthority("kubernetes", today_).value();
  http::CertificatePair admin_ = http::IssueLeaf(client_ca_,
                                                 {.common_name = "admin",
                                                  .organizations = {"system:masters"},
                                                  .use = http::CertificateUse::kClient},
                                                 today_)
                                     .value();
  http::CertificatePair nobody_ =
      http::IssueLeaf(client_ca_, {.common_name = "nobody", .use = http::CertificateUse::kClient},
                      today_)
          .value();
  ScriptedHttpTransport second_;
  MetricForwarder forwarder_{second_, "https://keda"};
  ReviewPeer peer_;
  ReviewClient reviews_{peer_, "https://api", clock_};
  Authenticator authenticator_{nullptr, clock_};
  Authorizer authorizer_{&reviews_, clock_};
  MetricBoard board_{{"loadcurve-load"}, clock_};
  HealthChecks health_{{}};
  ApiRoutes routes_{MakeDocuments({}, {}).value(), board_, health_, {}};
  ApiServer api_{authenticator_, authorizer_, routes_, {}, &forwarder_};
  std::unique_ptr<http::HttpServer> server_ =
      http::HttpServer::Start(
          {}, http::IssueLeaf(client_ca_, {.common_name = "server"}, today_).value(), api_, clock_)
          .value();
};

TEST_F(ForwardingApiTest, AsksTheSecondServerForWhatIsNotOurs) {
  EXPECT_THAT(Ask("s0-queue", &admin_), HasSubstr(kList));
  EXPECT_THAT(Ask("loadcurve-load", &admin_), StartsWith("HTTP/1.1 404 "));
  EXPECT_THAT(Ask("loadcurve-unknown", &admin_), StartsWith("HTTP/1.1 404 "));
  EXPECT_EQ(second_.requests().size(), 1U);
}

TEST_F(ForwardingApiTest, AsksForNobodyWhoMayNotReadItHere) {
  peer_.allows = [](const json&) { return false; };
  EXPECT_THAT(Ask("s0-queue", &nobody_), StartsWith("HTTP/1.1 403 "));
  EXPECT_THAT(Ask("s0-queue", nullptr), StartsWith("HTTP/1.1 403 "));
  EXPECT_TRUE(second_.requests().empty());
}

TEST_F(ForwardingApiTest, PassesOnNothingThatTheCallerSays) {
  Ask("s0-queue?watch=0&x=y", &admin_, "Authorization: Bearer theirs\r\nX-Remote-User: root\r\n");
  ASSERT_EQ(second_.requests().size(), 1U);
  for (const auto& [name, value] : second_.last().headers) {
    EXPECT_THAT(name, Not(StartsWith("X-")));
    EXPECT_NE(name, "Authorization");
  }
  EXPECT_THAT(second_.last().url, Not(HasSubstr("x=y")));
}

TEST_F(ForwardingApiTest, DoesNotForwardWhatWasForwarded) {
  EXPECT_THAT(Ask("s0-queue", &admin_, "Loadcurve-Forwarded: 1\r\n"), StartsWith("HTTP/1.1 404 "));
  EXPECT_TRUE(second_.requests().empty());
}

}  // namespace
}  // namespace loadcurve::external_metrics
