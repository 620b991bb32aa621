// The whole API behind real TLS, as kube-apiserver's aggregator, kubelets and strangers meet it.

#include "adapters/external_metrics/api_server.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <mutex>
#include <nlohmann/json.hpp>
#include <thread>

#include "adapters/external_metrics/metric_board.h"
#include "adapters/http/http_server.h"
#include "tests/adapters/external_metrics/review_peer.h"
#include "tests/support/simulated_clock.h"
#include "tests/support/test_certificates.h"
#include "tests/support/tls_client.h"

namespace loadcurve::external_metrics {
namespace {

using http::CertificatePair;
using nlohmann::json;
using ::testing::Contains;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

const std::string kLoad = std::string(kRoot) + "/namespaces/shop/load";
const std::string kAsHpa =
    "X-Remote-User: system:serviceaccount:kube-system:horizontal-pod-autoscaler\r\n"
    "X-Remote-Group: system:serviceaccounts\r\n"
    "X-Remote-Group: system:authenticated\r\n"
    "Accept: application/vnd.kubernetes.protobuf, */*\r\n";
const std::string kAsProbe =
    "X-Remote-User: system:kube-aggregator\r\nX-Remote-Group: system:masters\r\n";

class ApiServerTest : public ::testing::Test {
 protected:
  ApiServerTest() {
    EXPECT_TRUE(authenticator_.Update({.client_ca_pem = client_ca_.certificate_pem,
                                       .proxy_ca_pem = proxy_ca_.certificate_pem,
                                       .allowed_names = {"front-proxy-client"},
                                       .username_headers = {"X-Remote-User"},
                                       .uid_headers = {},
                                       .group_headers = {"X-Remote-Group"},
                                       .extra_prefixes = {"X-Remote-Extra-"}}));
    EXPECT_TRUE(board_.Publish({"shop", "load", "web"}, {.value = 12.5,
                                                         .measured_at = clock_.Now(),
                                                         .window = std::chrono::seconds(60),
                                                         .max_age = std::chrono::seconds(60)}));
    // The HPA may read metrics; everyone authenticated may discover.
    peer_.allows = [](const json& spec) {
      const std::vector<std::string> groups = spec["groups"];
      if (spec.contains("resourceAttributes"))
        return spec["user"] == "system:serviceaccount:kube-system:horizontal-pod-autoscaler";
      const std::string path = spec["nonResourceAttributes"]["path"];
      const bool is_discovery = path.starts_with("/apis") || path.starts_with("/openapi");
      return is_discovery && ::testing::Matches(Contains("system:authenticated"))(groups);
    };
  }

  std::uint16_t port() const { return server_->port(); }
  static json Status(const std::string& answer) {
    return json::parse(answer.substr(answer.find("\r\n\r\n") + 4));
  }

  CertificatePair serving_ca_ = TestAuthority("serving");
  CertificatePair client_ca_ = TestAuthority("kubernetes");
  CertificatePair proxy_ca_ = TestAuthority("front-proxy-ca");
  CertificatePair proxy_ = TestClient(proxy_ca_, "front-proxy-client");
  SimulatedClock clock_{kTestEpoch + std::chrono::days(1)};
  ReviewPeer peer_;
  ReviewClient reviews_{peer_, "https://api", clock_};
  TokenReviewer tokens_{reviews_, clock_};
  Authenticator authenticator_{&tokens_, clock_};
  Authorizer authorizer_{&reviews_, clock_};
  MetricBoard board_{{"load"}, clock_};
  HealthChecks health_{{}};
  ApiRoutes routes_{MakeDocuments({}, {}).value(), board_, health_, {}};
  std::mutex mutex_;
  std::vector<std::string> log_;
  ApiServer api_{authenticator_, authorizer_, routes_, [this](const AnsweredRequest& request) {
                   const std::lock_guard lock(mutex_);
                   log_.push_back(std::string(request.method) + " " + std::string(request.target) +
                                  " " + std::string(request.caller) + " " +
                                  std::string(request.audit_id) + " " +
                                  std::to_string(request.status));
                 }};
  std::unique_ptr<http::HttpServer> server_ =
      http::HttpServer::Start({}, TestServer(serving_ca_), api_, clock_).value();
};

TEST_F(ApiServerTest, ServesTheHpa) {
  TlsClient client(port(), {.pair = &proxy_});
  for (int i = 0; i < 3; ++i) {
    const std::string answer =
        client.Ask(kLoad + "?labelSelector=scalingprofile%3Dweb", kAsHpa + "Audit-Id: a-1\r\n");
    EXPECT_THAT(answer, StartsWith("HTTP/1.1 200 OK\r\n"));
    EXPECT_THAT(answer, HasSubstr("\r\nContent-Type: application/json\r\n"));
    EXPECT_THAT(answer, HasSubstr("\r\nAudit-Id: a-1\r\n"));
    EXPECT_THAT(answer, HasSubstr(R"("value":"12500m")"));
  }
  EXPECT_EQ(peer_.requests().size(), 1U);
  EXPECT_THAT(log_,
              Contains("GET " + kLoad +
                       "?labelSelector=scalingprofile%3Dweb "
                       "system:serviceaccount:kube-system:horizontal-pod-autoscaler a-1 200"));
}

TEST_F(ApiServerTest, IsAvailableToFiveProbesAtOnceEvenWithNothingBehindIt) {
  peer_.FailNext(std::vector<Result<http::HttpResponse>>(99, Fail(ErrorCode::kUnavailable, "x")));
  std::vector<std::jthread> probes;
  for (int i = 0; i < 5; ++i)
    probes.emplace_back([&] {
      TlsClient client(port(), {.protocols = "\x02h2\x08http/1.1", .pair = &proxy_});
      EXPECT_THAT(client.Ask(kRoot, kAsProbe), StartsWith("HTTP/1.1 200 OK\r\n"));
    });
  probes.clear();
  EXPECT_TRUE(peer_.requests().empty());
}

TEST_F(ApiServerTest, LetsTheAggregatorDiscoverWithoutGroups) {
  TlsClient client(port(), {.pair = &proxy_});
  const std::string user = "X-Remote-User: system:aggregator\r\n";
  for (const std::string& path : {std::string("/openapi/v2"), std::string("/openapi/v3"),
                                  std::string("/apis"), std::string(kRoot)})
    EXPECT_THAT(client.Ask(path, user), StartsWith("HTTP/1.1 200 OK\r\n")) << path;
}

TEST_F(ApiServerTest, LetsAKubeletProbeWithoutACertificate) {
  TlsClient client(port());
  for (const char* path : {"/healthz", "/livez", "/readyz"})
    EXPECT_THAT(client.Ask(path), EndsWith("\r\n\r\nok")) << path;
  EXPECT_TRUE(peer_.requests().empty());
}

TEST_F(ApiServerTest, LetsNobodyElseRead) {
  const std::string spoof = "X-Remote-User: root\r\nX-Remote-Group: system:masters\r\n";
  TlsClient nobody(port());
  const std::string anonymous = nobody.Ask(kLoad, spoof);
  EXPECT_THAT(anonymous, StartsWith("HTTP/1.1 403 Forbidden\r\n"));
  EXPECT_EQ(Status(anonymous)["message"],
            "load.external.metrics.k8s.io is forbidden: User \"system:anonymous\" cannot list "
            "resource \"load\" in API group \"external.metrics.k8s.io\" in the namespace "
            "\"shop\": no RBAC policy matched");
  EXPECT_THAT(nobody.Ask(kRoot, spoof), StartsWith("HTTP/1.1 403 "));

  const CertificatePair alice = TestClient(client_ca_, "alice");
  TlsClient user(port(), {.pair = &alice});
  EXPECT_THAT(user.Ask(kLoad, spoof), HasSubstr("User \\\"alice\\\" cannot list"));
  EXPECT_THAT(user.Ask("/metrics"), HasSubstr("User \\\"alice\\\" cannot get path"));

  const CertificatePair forged = TestClient(TestAuthority("front-proxy-ca"), "front-proxy-client");
  TlsClient forger(port(), {.pair = &forged});
  const std::string refused = forger.Ask(kLoad, spoof);
  EXPECT_THAT(refused, StartsWith("HTTP/1.1 401 Unauthorized\r\n"));
  EXPECT_EQ(Status(refused)["reason"], "Unauthorized");
  EXPECT_THAT(forger.Ask("/readyz", spoof), StartsWith("HTTP/1.1 401 "));
  EXPECT_THAT(nobody.Ask(kLoad, "Authorization: Bearer bad\r\n"), StartsWith("HTTP/1.1 401 "));
}

TEST_F(ApiServerTest, LetsAnAdministratorReadByCertificate) {
  const CertificatePair admin = TestClient(client_ca_, "admin", {"system:masters"});
  TlsClient client(port(), {.pair = &admin});
  EXPECT_THAT(client.Ask(kLoad), HasSubstr(R"("value":"12500m")"));
}

TEST_F(ApiServerTest, GivesNoAccessWhenTheApiServerIsOutOfReach) {
  peer_.FailNext(std::vector<Result<http::HttpResponse>>(
      5, Fail(ErrorCode::kUnavailable, "https://api: connection refused")));
  TlsClient client(port(), {.pair = &proxy_});
  const std::string answer = client.Ask(kLoad, kAsHpa);
  EXPECT_THAT(answer, StartsWith("HTTP/1.1 500 "));
  EXPECT_EQ(Status(answer)["message"],
            "cannot tell whether this is allowed: https://api: connection refused");
  EXPECT_THAT(client.Ask(kLoad, kAsHpa), StartsWith("HTTP/1.1 200 "));
}

TEST_F(ApiServerTest, RefusesOtherMethods) {
  TlsClient client(port(), {.pair = &proxy_});
  for (const char* method : {"POST", "PUT", "PATCH", "DELETE", "OPTIONS"}) {
    client.Send(std::string(method) + " " + kLoad + " HTTP/1.1\r\nHost: x\r\n" + kAsHpa +
                "Content-Length: 2\r\n\r\n{}");
    const std::string answer = client.Answer();
    EXPECT_THAT(answer, StartsWith("HTTP/1.1 405 Method Not Allowed\r\n")) << method;
    EXPECT_THAT(answer, HasSubstr("\r\nAllow: GET, HEAD\r\n"));
    EXPECT_EQ(Status(answer)["reason"], "MethodNotAllowed");
  }
}

TEST_F(ApiServerTest, AnswersAHeadAsAGetWithoutItsBody) {
  TlsClient client(port(), {.pair = &proxy_});
  client.Send("HEAD " + kLoad + " HTTP/1.1\r\nHost: x\r\n" + kAsHpa + "\r\n");
  const std::string head = client.Answer(true);
  EXPECT_THAT(head, StartsWith("HTTP/1.1 200 OK\r\n"));
  EXPECT_THAT(head, EndsWith("\r\n\r\n"));
  const std::string get = client.Ask(kLoad, kAsHpa);
  EXPECT_EQ(get.substr(0, head.size()), head);
  EXPECT_EQ(peer_.spec()["resourceAttributes"]["verb"], "list");
}

TEST_F(ApiServerTest, RefusesUpgradesAndBrokenTargets) {
  TlsClient client(port(), {.pair = &proxy_});
  EXPECT_THAT(client.Ask(kLoad, kAsHpa + "Connection: Upgrade\r\nUpgrade: websocket\r\n"),
              StartsWith("HTTP/1.1 400 "));
  EXPECT_THAT(client.Ask("/a%zz", kAsHpa), HasSubstr("\"reason\":\"BadRequest\""));
  client.Send("nonsense\r\n\r\n");
  EXPECT_THAT(client.Answer(), HasSubstr("\"kind\":\"Status\""));
}

TEST_F(ApiServerTest, NeverRedirectsAndNeverSaysWhenToRetry) {
  TlsClient client(port(), {.pair = &proxy_});
  for (const char* path :
       {"/", "/apis/", "//apis", "/apis/x", "/openapi", "/healthz/", "/metrics"}) {
    const std::string answer = client.Ask(path, kAsProbe);
    EXPECT_THAT(answer, Not(StartsWith("HTTP/1.1 3"))) << path;
    EXPECT_THAT(answer, Not(HasSubstr("Retry-After"))) << path;
    EXPECT_THAT(answer, HasSubstr("\r\nCache-Control: ")) << path;
  }
}

TEST_F(ApiServerTest, PrintsPrettilyForPeople) {
  TlsClient client(port(), {.pair = &proxy_});
  EXPECT_THAT(client.Ask(kLoad, kAsHpa), HasSubstr(R"({"kind":)"));
  EXPECT_THAT(client.Ask(kLoad + "?pretty=true", kAsHpa), HasSubstr("{\n  \"kind\": "));
  const std::string curl = kAsHpa + "User-Agent: curl/8.0\r\n";
  EXPECT_THAT(client.Ask(kLoad, curl), HasSubstr("{\n  \"kind\": "));
  EXPECT_THAT(client.Ask(kLoad + "?pretty=false", curl), HasSubstr(R"({"kind":)"));
  EXPECT_THAT(client.Ask(std::string(kRoot) + "/none", kAsProbe + "User-Agent: Wget/1\r\n"),
              HasSubstr("{\n  \"kind\": \"Status\""));
}

TEST_F(ApiServerTest, FollowsARotationOfTheFrontProxysAuthority) {
  TlsClient client(port(), {.pair = &proxy_});
  EXPECT_THAT(client.Ask(kRoot, kAsProbe), StartsWith("HTTP/1.1 200 "));
  ASSERT_TRUE(authenticator_.Update({.client_ca_pem = client_ca_.certificate_pem,
                                     .proxy_ca_pem = TestAuthority("next").certificate_pem,
                                     .username_headers = {"X-Remote-User"}}));
  EXPECT_THAT(client.Ask(kRoot, kAsProbe), StartsWith("HTTP/1.1 401 "));
}

TEST_F(ApiServerTest, TellsAnOldValueApartFromNone) {
  TlsClient client(port(), {.pair = &proxy_});
  clock_.Advance(std::chrono::seconds(95));
  const std::string old = client.Ask(kLoad, kAsHpa);
  EXPECT_THAT(old, StartsWith("HTTP/1.1 503 Service Unavailable\r\n"));
  EXPECT_THAT(Status(old)["message"].get<std::string>(),
              HasSubstr("load of shop/web is 95 s old, 35 s more than allowed"));
}

TEST_F(ApiServerTest, GoesAwayInSteps) {
  TlsClient client(port(), {.pair = &proxy_});
  EXPECT_THAT(client.Ask("/readyz", kAsProbe), StartsWith("HTTP/1.1 200 "));
  health_.BeginDrain();
  EXPECT_THAT(client.Ask("/readyz", kAsProbe), StartsWith("HTTP/1.1 500 "));
  EXPECT_THAT(client.Ask(kLoad, kAsHpa), StartsWith("HTTP/1.1 200 ")) << "still served";
  server_->Drain(std::chrono::seconds(1));
  EXPECT_TRUE(client.IsEnded());
}

}  // namespace
}  // namespace loadcurve::external_metrics
