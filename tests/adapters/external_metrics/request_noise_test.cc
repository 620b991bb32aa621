// Requests that nobody would send on purpose: whatever comes, one whole answer goes out.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <random>

#include "adapters/external_metrics/api_server.h"
#include "adapters/external_metrics/metric_board.h"
#include "base/quantity_text.h"
#include "tests/support/simulated_clock.h"
#include "tests/support/test_certificates.h"

namespace loadcurve::external_metrics {
namespace {

// Pieces of requests, and bytes of any kind.
std::string Noise(std::mt19937_64& random) {
  static const std::vector<std::string> kPieces = {"/",
                                                   "/apis",
                                                   "/external.metrics.k8s.io",
                                                   "/v1beta1",
                                                   "/namespaces",
                                                   "/shop",
                                                   "/load",
                                                   "/openapi",
                                                   "/v3",
                                                   "/readyz",
                                                   "/version",
                                                   "?labelSelector=",
                                                   "&watch=true",
                                                   "&pretty=true",
                                                   "a",
                                                   "=",
                                                   "==",
                                                   "!=",
                                                   "!",
                                                   " in (",
                                                   "+notin+%28",
                                                   ",",
                                                   ")",
                                                   ">",
                                                   "<",
                                                   "1",
                                                   "%",
                                                   "%2C",
                                                   "%00",
                                                   "%zz",
                                                   ";q=0.5",
                                                   ";as=Table",
                                                   "*/*",
                                                   "application/json",
                                                   ", ",
                                                   "W/\"x\"",
                                                   "\"",
                                                   "Bearer ",
                                                   "9223372036854775808",
                                                   "-",
                                                   ".",
                                                   "e3",
                                                   "Ki"};
  std::uniform_int_distribution<std::size_t> piece(0, kPieces.size() + 3);
  std::uniform_int_distribution<int> count(0, 12), byte(0, 255);
  std::string text;
  for (int i = count(random); i > 0; --i) {
    const std::size_t at = piece(random);
    text += at < kPieces.size() ? kPieces[at] : std::string(1, static_cast<char>(byte(random)));
  }
  return text;
}

TEST(RequestNoise, IsAlwaysAnswered) {
  SimulatedClock clock(kTestEpoch);
  MetricBoard board({"load"}, clock);
  ASSERT_TRUE(board.Publish({"shop", "load", "web"}, {.value = 1, .measured_at = kTestEpoch}));
  const HealthChecks health({});
  const ApiRoutes routes(MakeDocuments({}, {}).value(), board, health, {});
  Authenticator authenticator(nullptr, clock);
  const http::CertificatePair authority = TestAuthority("ca");
  ASSERT_TRUE(authenticator.Update({.client_ca_pem = authority.certificate_pem}));
  Authorizer authorizer(nullptr, clock);
  ApiServer api(authenticator, authorizer, routes);
  const auto admin =
      http::ParsePeerCertificate(TestClient(authority, "admin", {"system:masters"}).certificate_pem)
          .value();
  std::mt19937_64 random(7);
  std::set<int> statuses;
  for (int i = 0; i < 30000; ++i) {
    const std::string target =
        (i % 3 == 0 ? std::string(kRoot) + "/namespaces/shop/load" : "/") + Noise(random);
    const std::string accept = i % 2 == 0 ? "" : Noise(random);
    const std::string tag = Noise(random), authorization = i % 5 == 0 ? Noise(random) : "";
    const std::vector<std::pair<std::string_view, std::string_view>> headers = {
        {"Accept", accept}, {"If-None-Match", tag}, {"Authorization", authorization}};
    const http::ServerRequest request{
        .method = "GET", .target = target, .headers = headers, .peer = &admin};
    const auto response = api.AnswerAtOnce(request);
    ASSERT_TRUE(response) << target;
    statuses.insert(response->status);
    if (response->status < 400 || response->body == "404 page not found\n") continue;
    const auto status = nlohmann::json::parse(response->body, nullptr, false);
    ASSERT_TRUE(status.is_object()) << target << ": " << response->body;
    ASSERT_EQ(status["code"], response->status);
    ASSERT_EQ(response->body.find('%'), std::string::npos) << target;
  }
  EXPECT_THAT(statuses, ::testing::IsSupersetOf({200, 400, 404, 405, 406}));
}

TEST(RequestNoise, LeavesSelectorsThatParseInOneForm) {
  std::mt19937_64 random(8);
  int parsed = 0;
  for (int i = 0; i < 100000; ++i) {
    const auto selector = LabelSelector::Parse(Noise(random));
    if (!selector) continue;
    ++parsed;
    const std::string form = selector->ToString();
    const auto again = LabelSelector::Parse(form);
    ASSERT_TRUE(again) << form;
    ASSERT_EQ(again->requirements(), selector->requirements()) << form;
  }
  EXPECT_GT(parsed, 1000);
}

TEST(RequestNoise, IsNoQuantityUnlessItIsOne) {
  std::mt19937_64 random(9);
  for (int i = 0; i < 100000; ++i) {
    const std::string text = Noise(random);
    if (QuantityIn(text)) {
      ASSERT_NE(text.find_first_of("0123456789"), std::string::npos) << text;
    }
  }
}

}  // namespace
}  // namespace loadcurve::external_metrics
