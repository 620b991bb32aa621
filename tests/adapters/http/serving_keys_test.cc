#include "adapters/http/serving_keys.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "adapters/http/peer_certificate.h"
#include "tests/support/test_certificates.h"

namespace loadcurve::http {
namespace {

using std::chrono::days;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

const RotationPolicy kPolicy = PolicyFor("loadcurve", "autoscaling");

ServingKeys First() {
  return Rotated(nullptr, "", kPolicy, kTestEpoch).value();
}

// What a client with that bundle would say of the leaf; verified as one for servers by curl in
// the tests of the transport.
bool Trusts(const std::string& bundle, const ServingKeys& keys) {
  const CertificateFacts leaf = FactsOf(keys.leaf.certificate_pem).value();
  return bundle.find(keys.authority.certificate_pem) != std::string::npos &&
         leaf.not_after > leaf.not_before;
}

TEST(ServingKeys, BeginWithALeafForTheServiceAndForLoopback) {
  const ServingKeys keys = First();
  const CertificateFacts leaf = FactsOf(keys.leaf.certificate_pem).value();
  EXPECT_THAT(leaf.dns_names, ElementsAre("loadcurve.autoscaling.svc",
                                          "loadcurve.autoscaling.svc.cluster.local", "localhost"));
  EXPECT_THAT(leaf.addresses, ElementsAre("127.0.0.1", "0:0:0:0:0:0:0:1"));
  EXPECT_EQ(CaBundle(keys), keys.authority.certificate_pem);
}

TEST(ServingKeys, StayWhileNothingIsDue) {
  const ServingKeys keys = First();
  EXPECT_EQ(Rotated(&keys, CaBundle(keys), kPolicy, kTestEpoch + days(59)), keys);
}

TEST(ServingKeys, RenewTheLeafAThirdOfItsLifeBeforeItsEnd) {
  const ServingKeys keys = First();
  const ServingKeys next = Rotated(&keys, CaBundle(keys), kPolicy, kTestEpoch + days(61)).value();
  EXPECT_NE(next.leaf, keys.leaf);
  EXPECT_EQ(next.authority, keys.authority);
}

TEST(ServingKeys, RenewTheLeafWhenItsNamesChange) {
  const ServingKeys keys = First();
  const ServingKeys next =
      Rotated(&keys, "", PolicyFor("other", "autoscaling"), kTestEpoch + days(1)).value();
  EXPECT_EQ(FactsOf(next.leaf.certificate_pem).value().dns_names.front(), "other.autoscaling.svc");
}

TEST(ServingKeys, AnnounceTheNextAuthorityBeforeItSigns) {
  ServingKeys keys = First();
  TimePoint now = kTestEpoch + days(300);
  ServingKeys announced = Rotated(&keys, CaBundle(keys), kPolicy, now).value();
  ASSERT_TRUE(announced.next_authority);
  EXPECT_EQ(announced.leaf, keys.leaf);
  EXPECT_EQ(CaBundle(announced),
            keys.authority.certificate_pem + announced.next_authority->certificate_pem);
  // Clients still read the old bundle: a leaf may be renewed, by the old authority.
  const ServingKeys waiting = Rotated(&announced, CaBundle(keys), kPolicy, now).value();
  EXPECT_EQ(waiting.authority, keys.authority);
  EXPECT_TRUE(Trusts(CaBundle(keys), waiting));
  // Once they read both, the new one signs, and the old one stays in the bundle.
  const ServingKeys promoted = Rotated(&waiting, CaBundle(announced), kPolicy, now).value();
  EXPECT_EQ(promoted.authority, *announced.next_authority);
  EXPECT_NE(promoted.leaf, waiting.leaf);
  EXPECT_FALSE(promoted.next_authority);
  EXPECT_EQ(CaBundle(promoted),
            keys.authority.certificate_pem + promoted.authority.certificate_pem);
}

TEST(ServingKeys, DropTheRetiredAuthorityAfterADay) {
  ServingKeys keys = First();
  const TimePoint now = kTestEpoch + days(300);
  for (int i = 0; i < 3; ++i) keys = Rotated(&keys, CaBundle(keys), kPolicy, now).value();
  ASSERT_FALSE(keys.retired_authority_pem.empty());
  const auto after = [&](Duration span) {
    return Rotated(&keys, CaBundle(keys), kPolicy, now + span).value();
  };
  EXPECT_FALSE(after(std::chrono::hours(23)).retired_authority_pem.empty());
  EXPECT_TRUE(after(std::chrono::hours(24)).retired_authority_pem.empty());
}

TEST(ServingKeys, AreTrustedByEveryClientOnEveryDayOfTenYears) {
  ServingKeys keys = First();
  std::string published = CaBundle(keys);
  for (int day = 0; day < 3650; day += 5) {
    const TimePoint now = kTestEpoch + days(day);
    keys = Rotated(&keys, published, kPolicy, now).value();
    ASSERT_TRUE(Trusts(published, keys)) << "day " << day;
    ASSERT_GT(DaysLeft(keys.leaf.certificate_pem, now).value(), 25) << "day " << day;
    if (day % 10 == 0) published = CaBundle(keys);  // the caBundle lags
  }
}

TEST(ServingKeys, BeginAgainWhenAllHasEnded) {
  const ServingKeys keys = First();
  const ServingKeys next = Rotated(&keys, CaBundle(keys), kPolicy, kTestEpoch + days(400)).value();
  EXPECT_NE(next.authority, keys.authority);
  EXPECT_TRUE(next.retired_authority_pem.empty());
}

TEST(ServingKeys, SurviveASecret) {
  ServingKeys keys = First();
  EXPECT_EQ(FromSecret(ToSecret(keys)), keys);
  keys = Rotated(&keys, CaBundle(keys), kPolicy, kTestEpoch + days(300)).value();
  EXPECT_EQ(FromSecret(ToSecret(keys)), keys);
  keys = Rotated(&keys, CaBundle(keys), kPolicy, kTestEpoch + days(300)).value();
  EXPECT_EQ(FromSecret(ToSecret(keys)), keys);
  EXPECT_THAT(FromSecret({}).error().message, HasSubstr("ca.crt"));
  auto entries = ToSecret(keys);
  entries["tls.key"] = keys.authority.key_pem;
  EXPECT_THAT(FromSecret(entries).error().message, HasSubstr("tls.key"));
}

}  // namespace
}  // namespace loadcurve::http
