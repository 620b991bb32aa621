// Every way in, and every way that only looks like one.

#include "adapters/external_metrics/authenticator.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/adapters/external_metrics/review_peer.h"
#include "tests/support/simulated_clock.h"
#include "tests/support/test_certificates.h"

namespace loadcurve::external_metrics {
namespace {

using http::CertificatePair;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Pair;
using HeaderList = std::vector<std::pair<std::string_view, std::string_view>>;

class AuthenticatorTest : public ::testing::Test {
 protected:
  AuthenticatorTest() {
    config_ = {.client_ca_pem = client_ca_.certificate_pem,
               .proxy_ca_pem = proxy_ca_.certificate_pem,
               .allowed_names = {"front-proxy-client"},
               .username_headers = {"X-Remote-User"},
               .uid_headers = {"X-Remote-Uid"},
               .group_headers = {"X-Remote-Group"},
               .extra_prefixes = {"X-Remote-Extra-"}};
    EXPECT_TRUE(authenticator_.Update(config_));
    peer_.tokens["good"] = {{"username", "system:serviceaccount:a:b"},
                            {"uid", "7"},
                            {"groups", {"system:serviceaccounts"}},
                            {"extra", {{"pod", {"p"}}}}};
  }

  // A connection with that certificate, or with none.
  Result<Caller> Ask(const HeaderList& headers, const CertificatePair* pair = nullptr) {
    std::optional<http::PeerCertificate> peer;
    if (pair != nullptr) peer = http::ParsePeerCertificate(pair->certificate_pem).value();
    const http::ServerRequest request{
        .method = "GET", .target = "/", .headers = headers, .peer = peer ? &*peer : nullptr};
    return authenticator_.Identify(request);
  }

  CertificatePair client_ca_ = TestAuthority("kubernetes");
  CertificatePair proxy_ca_ = TestAuthority("front-proxy-ca");
  CertificatePair proxy_ = TestClient(proxy_ca_, "front-proxy-client");
  SimulatedClock clock_{kTestEpoch + std::chrono::days(1)};
  ReviewPeer peer_;
  ReviewClient reviews_{peer_, "https://api", clock_};
  TokenReviewer tokens_{reviews_, clock_};
  AuthenticationConfig config_;
  Authenticator authenticator_{&tokens_, clock_};
};

const HeaderList kSpoofed = {{"X-Remote-User", "root"}, {"X-Remote-Group", "system:masters"}};

TEST_F(AuthenticatorTest, TakesTheFrontProxysWord) {
  const Caller caller =
      Ask({{"x-remote-user", "system:serviceaccount:kube-system:horizontal-pod-autoscaler"},
           {"X-Remote-Uid", "42"},
           {"X-Remote-Group", "system:serviceaccounts"},
           {"X-Remote-Group", "system:authenticated"},
           {"X-Remote-Group", "other"},
           {"X-Remote-Extra-Authentication.kubernetes.io%2fcredential-Id", "JTI=1"},
           {"X-Remote-Extra-Scopes", "a"},
           {"x-remote-extra-scopes", "b"}},
          &proxy_)
          .value();
  EXPECT_EQ(caller.name, "system:serviceaccount:kube-system:horizontal-pod-autoscaler");
  EXPECT_EQ(caller.uid, "42");
  EXPECT_THAT(caller.groups,
              ElementsAre("system:serviceaccounts", "system:authenticated", "other"));
  EXPECT_THAT(caller.extra,
              ElementsAre(Pair("authentication.kubernetes.io/credential-id", ElementsAre("JTI=1")),
                          Pair("scopes", ElementsAre("a", "b"))));
}

TEST_F(AuthenticatorTest, MakesCallersOfTheAggregatorWithoutGroupsAuthenticated) {
  const Caller caller = Ask({{"X-Remote-User", "system:aggregator"}}, &proxy_).value();
  EXPECT_THAT(caller.groups, ElementsAre("system:authenticated"));
}

TEST_F(AuthenticatorTest, LeavesAnAnonymousUserOfTheProxyAnonymous) {
  const Caller caller =
      Ask({{"X-Remote-User", "system:anonymous"}, {"X-Remote-Group", "system:unauthenticated"}},
          &proxy_)
          .value();
  EXPECT_THAT(caller.groups, ElementsAre("system:unauthenticated"));
}

TEST_F(AuthenticatorTest, IgnoresUserHeadersFromNobody) {
  const Caller caller = Ask(kSpoofed).value();
  EXPECT_EQ(caller.name, "system:anonymous");
  EXPECT_THAT(caller.groups, ElementsAre("system:unauthenticated"));
}

TEST_F(AuthenticatorTest, IgnoresUserHeadersFromAUserWithACertificate) {
  const CertificatePair alice = TestClient(client_ca_, "alice", {"dev", "ops"});
  const Caller caller = Ask(kSpoofed, &alice).value();
  EXPECT_EQ(caller.name, "alice");
  EXPECT_THAT(caller.groups, ElementsAre("dev", "ops", "system:authenticated"));
}

TEST_F(AuthenticatorTest, IgnoresUserHeadersBesideAToken) {
  HeaderList headers = kSpoofed;
  headers.emplace_back("Authorization", "Bearer good");
  EXPECT_EQ(Ask(headers).value().name, "system:serviceaccount:a:b");
}

TEST_F(AuthenticatorTest, RefusesUserHeadersUnderAnotherAuthority) {
  // The right name, the wrong authority: the cluster's own, then an unknown one.
  const CertificatePair own = TestClient(client_ca_, "front-proxy-client");
  EXPECT_EQ(Ask(kSpoofed, &own).value().name, "front-proxy-client");
  const CertificatePair unknown = TestClient(TestAuthority("front-proxy-ca"), "front-proxy-client");
  const auto refused = Ask(kSpoofed, &unknown);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kPermissionDenied);
}

TEST_F(AuthenticatorTest, RefusesUserHeadersUnderAnotherName) {
  const CertificatePair other = TestClient(proxy_ca_, "someone");
  const auto refused = Ask(kSpoofed, &other);
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().message, HasSubstr("'someone' is no front proxy"));
}

TEST_F(AuthenticatorTest, RefusesUserHeadersUnderAServersCertificate) {
  const CertificatePair server =
      http::IssueLeaf(proxy_ca_, {.common_name = "front-proxy-client"}, kTestValidity).value();
  EXPECT_FALSE(Ask(kSpoofed, &server));
}

TEST_F(AuthenticatorTest, RefusesUserHeadersUnderACertificateThatHasEnded) {
  clock_.Advance(std::chrono::days(4000));
  EXPECT_FALSE(Ask(kSpoofed, &proxy_));
}

TEST_F(AuthenticatorTest, TakesAnyNameOfTheProxysAuthorityWhereNoneIsListed) {
  config_.allowed_names.clear();
  ASSERT_TRUE(authenticator_.Update(config_));
  const CertificatePair other = TestClient(proxy_ca_, "someone");
  EXPECT_EQ(Ask({{"X-Remote-User", "bob"}}, &other).value().name, "bob");
}

TEST_F(AuthenticatorTest, KnowsNoUidHeaderUnlessTheClusterNamesOne) {
  config_.uid_headers.clear();
  ASSERT_TRUE(authenticator_.Update(config_));
  EXPECT_EQ(Ask({{"X-Remote-User", "bob"}, {"X-Remote-Uid", "1"}}, &proxy_).value().uid, "");
}

TEST_F(AuthenticatorTest, TakesTheFirstUserHeaderThatIsNotEmpty) {
  config_.username_headers = {"X-First", "X-Remote-User"};
  ASSERT_TRUE(authenticator_.Update(config_));
  EXPECT_EQ(Ask({{"X-Remote-User", "bob"}, {"X-First", ""}}, &proxy_).value().name, "bob");
  EXPECT_EQ(Ask({{"X-Remote-User", "bob"}, {"X-First", "eve"}}, &proxy_).value().name, "eve");
}

TEST_F(AuthenticatorTest, FallsThroughFromAProxyThatNamesNobody) {
  // The proxy's certificate is none of the client authority: that failed, so not anonymous.
  EXPECT_FALSE(Ask({}, &proxy_));
  EXPECT_EQ(Ask({{"Authorization", "Bearer good"}}, &proxy_).value().name,
            "system:serviceaccount:a:b");
}

TEST_F(AuthenticatorTest, AsksWhoseTokenItIs) {
  const Caller caller = Ask({{"Authorization", "bearer  good"}}).value();
  EXPECT_EQ(caller.name, "system:serviceaccount:a:b");
  EXPECT_EQ(caller.uid, "7");
  EXPECT_THAT(caller.groups, ElementsAre("system:serviceaccounts", "system:authenticated"));
  EXPECT_THAT(caller.extra, ElementsAre(Pair("pod", ElementsAre("p"))));
  EXPECT_EQ(peer_.requests().at(0).url, "https://api/apis/authentication.k8s.io/v1/tokenreviews");
}

TEST_F(AuthenticatorTest, RefusesABadTokenRatherThanCallItAnonymous) {
  for (int i = 0; i < 2; ++i) EXPECT_FALSE(Ask({{"Authorization", "Bearer bad"}}));
  EXPECT_EQ(peer_.requests().size(), 1U) << "a refusal is kept too";
}

TEST_F(AuthenticatorTest, KeepsATokensUserForTenSeconds) {
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(Ask({{"Authorization", "Bearer good"}}));
  EXPECT_EQ(peer_.requests().size(), 1U);
  clock_.Advance(std::chrono::seconds(10));
  peer_.tokens = nlohmann::json::object();
  EXPECT_FALSE(Ask({{"Authorization", "Bearer good"}}));
}

TEST_F(AuthenticatorTest, RefusesATokenThatNobodyCanReviewNowAndKeepsNothingOfIt) {
  peer_.FailNext(std::vector<Result<http::HttpResponse>>(
      5, Fail(ErrorCode::kUnavailable, "https://10.0.0.1 is down")));
  const auto refused = Ask({{"Authorization", "Bearer good"}});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().message, "the bearer token cannot be reviewed now");
  EXPECT_TRUE(Ask({{"Authorization", "Bearer good"}}));
}

TEST_F(AuthenticatorTest, TakesOtherSchemesForNone) {
  EXPECT_EQ(Ask({{"Authorization", "Basic good"}}).value().name, "system:anonymous");
  EXPECT_EQ(Ask({{"Authorization", "Bearer"}}).value().name, "system:anonymous");
  EXPECT_EQ(Ask({}).value().name, "system:anonymous");
}

TEST_F(AuthenticatorTest, NeverWaitsWhenAskedNotTo) {
  const HeaderList headers = {{"Authorization", "Bearer good"}};
  const http::ServerRequest request{.method = "GET", .target = "/", .headers = headers};
  EXPECT_EQ(authenticator_.IdentifyAtOnce(request), std::nullopt);
  EXPECT_TRUE(peer_.requests().empty());
  ASSERT_TRUE(authenticator_.Identify(request));
  EXPECT_TRUE(authenticator_.IdentifyAtOnce(request).value());
}

TEST_F(AuthenticatorTest, AcceptsNoTokensWithoutACluster) {
  Authenticator alone(nullptr, clock_);
  const HeaderList headers = {{"Authorization", "Bearer good"}};
  EXPECT_FALSE(alone.Identify({.method = "GET", .target = "/", .headers = headers}));
  EXPECT_EQ(alone.Identify({.method = "GET", .target = "/"}).value().name, "system:anonymous");
}

TEST_F(AuthenticatorTest, TrustsNoCertificateBeforeItsFirstConfig) {
  Authenticator fresh(&tokens_, clock_);
  const auto peer = http::ParsePeerCertificate(proxy_.certificate_pem).value();
  const http::ServerRequest request{
      .method = "GET", .target = "/", .headers = kSpoofed, .peer = &peer};
  EXPECT_EQ(fresh.Identify(request).value().name, "system:anonymous");
}

// One connection that stands while the cluster changes.
class StandingConnection : public AuthenticatorTest {
 protected:
  Result<Caller> AskAgain(const HeaderList& headers = {{"X-Remote-User", "bob"}}) {
    return authenticator_.Identify({.method = "GET",
                                    .target = "/",
                                    .headers = headers,
                                    .peer = &certificate_,
                                    .note = &note_});
  }

  http::PeerCertificate certificate_ = http::ParsePeerCertificate(proxy_.certificate_pem).value();
  std::unique_ptr<http::ConnectionNote> note_;
};

TEST_F(StandingConnection, IsVerifiedAgainWhenTheAuthorityChanges) {
  EXPECT_EQ(AskAgain().value().name, "bob");
  const http::CertificatePair next = TestAuthority("front-proxy-ca-2");
  config_.proxy_ca_pem = proxy_ca_.certificate_pem + next.certificate_pem;
  ASSERT_TRUE(authenticator_.Update(config_));
  EXPECT_EQ(AskAgain().value().name, "bob") << "both authorities count during a rotation";
  config_.proxy_ca_pem = next.certificate_pem;
  ASSERT_TRUE(authenticator_.Update(config_));
  EXPECT_FALSE(AskAgain()) << "the old one is gone, also for connections that stand";
}

TEST_F(StandingConnection, IsVerifiedAgainEachMinuteSinceCertificatesEnd) {
  EXPECT_TRUE(AskAgain());
  clock_.Advance(std::chrono::days(4000));
  EXPECT_FALSE(AskAgain());
}

TEST_F(StandingConnection, MayCarryManyUsers) {
  EXPECT_EQ(AskAgain({{"X-Remote-User", "bob"}}).value().name, "bob");
  EXPECT_EQ(AskAgain({{"X-Remote-User", "eve"}}).value().name, "eve");
}

TEST_F(StandingConnection, OutlivesAConfigThatIsBroken) {
  for (const char* pem : {"", "garbage"}) {
    AuthenticationConfig broken = config_;
    broken.proxy_ca_pem = pem;
    broken.username_headers = {"X-Other"};
    const auto updated = authenticator_.Update(broken);
    ASSERT_FALSE(updated);
    EXPECT_THAT(updated.error().message, HasSubstr("requestheader-client-ca-file"));
    EXPECT_THAT(updated.error().message, HasSubstr("stay in force"));
    EXPECT_EQ(AskAgain().value().name, "bob");
    EXPECT_FALSE(AskAgain({{"X-Other", "eve"}}));
  }
}

TEST(AuthenticatorUpdate, NeedsNoAuthorityThatAClusterDoesNotHave) {
  const SimulatedClock clock(kTestEpoch);
  Authenticator authenticator(nullptr, clock);
  EXPECT_TRUE(authenticator.Update(
      {.client_ca_pem = TestAuthority("ca").certificate_pem, .allowed_names = {"x"}}));
}

}  // namespace
}  // namespace loadcurve::external_metrics
