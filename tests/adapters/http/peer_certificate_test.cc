#include "adapters/http/peer_certificate.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/test_certificates.h"

namespace loadcurve::http {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

PeerCertificate Peer(const CertificatePair& pair) {
  return ParsePeerCertificate(pair.certificate_pem).value();
}

TEST(PeerCertificate, NamesAUserAndGroups) {
  const PeerCertificate peer = Peer(TestClient(TestAuthority("ca"), "alice", {"dev", "ops"}));
  EXPECT_EQ(peer.common_name(), "alice");
  EXPECT_THAT(peer.organizations(), ElementsAre("dev", "ops"));
}

TEST(TrustBundle, VerifiesClientsOfAnyOfItsAuthorities) {
  const CertificatePair old_ca = TestAuthority("old"), new_ca = TestAuthority("new");
  const TrustBundle bundle =
      TrustBundle::Parse(old_ca.certificate_pem + new_ca.certificate_pem).value();
  const TimePoint now = kTestEpoch + std::chrono::days(1);
  EXPECT_TRUE(bundle.VerifyClient(Peer(TestClient(old_ca, "a")), now));
  EXPECT_TRUE(bundle.VerifyClient(Peer(TestClient(new_ca, "a")), now));
  const auto refused = bundle.VerifyClient(Peer(TestClient(TestAuthority("other"), "a")), now);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kPermissionDenied);
}

TEST(TrustBundle, RefusesAnAuthorityOfTheSameNameWithAnotherKey) {
  const TrustBundle bundle = TrustBundle::Parse(TestAuthority("ca").certificate_pem).value();
  EXPECT_FALSE(bundle.VerifyClient(Peer(TestClient(TestAuthority("ca"), "a")), kTestEpoch));
}

TEST(TrustBundle, RefusesCertificatesForServers) {
  const CertificatePair ca = TestAuthority("ca");
  const TrustBundle bundle = TrustBundle::Parse(ca.certificate_pem).value();
  const auto refused = bundle.VerifyClient(Peer(TestServer(ca)), kTestEpoch);
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().message, HasSubstr("'server'"));
}

TEST(TrustBundle, RefusesBeforeTheBeginAndAfterTheEnd) {
  const CertificatePair ca = TestAuthority("ca");
  const TrustBundle bundle = TrustBundle::Parse(ca.certificate_pem).value();
  const PeerCertificate peer = Peer(TestClient(ca, "a"));
  EXPECT_FALSE(bundle.VerifyClient(peer, kTestEpoch - std::chrono::days(1)));
  EXPECT_TRUE(bundle.VerifyClient(peer, kTestEpoch));
  EXPECT_FALSE(bundle.VerifyClient(peer, kTestEpoch + std::chrono::days(3651)));
}

TEST(TrustBundle, WithoutCertificatesIsNone) {
  EXPECT_EQ(TrustBundle::Parse("").error().code, ErrorCode::kInvalidArgument);
}

}  // namespace
}  // namespace loadcurve::http
