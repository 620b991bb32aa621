#include "adapters/http/certificates.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/test_certificates.h"

namespace loadcurve::http {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

TEST(Certificates, SayWhatWasAskedFor) {
  const CertificatePair authority = TestAuthority("ca");
  const CertificatePair leaf =
      IssueLeaf(authority,
                {.common_name = "loadcurve",
                 .organizations = {"a", "b"},
                 .dns_names = {"loadcurve.autoscaling.svc", "*.example.com"},
                 .addresses = {"127.0.0.1", "::1"}},
                {kTestEpoch, std::chrono::days(90)})
          .value();
  const CertificateFacts facts = FactsOf(leaf.certificate_pem).value();
  EXPECT_EQ(facts.common_name, "loadcurve");
  EXPECT_THAT(facts.organizations, ElementsAre("a", "b"));
  EXPECT_THAT(facts.dns_names, ElementsAre("loadcurve.autoscaling.svc", "*.example.com"));
  EXPECT_THAT(facts.addresses, ElementsAre("127.0.0.1", "0:0:0:0:0:0:0:1"));
  EXPECT_EQ(facts.not_before, kTestEpoch);
  EXPECT_EQ(facts.not_after, kTestEpoch + std::chrono::days(90));
  EXPECT_TRUE(CheckPair(leaf));
}

TEST(Certificates, OfALeafNeverOutliveTheirAuthority) {
  const CertificatePair authority =
      MakeAuthority("ca", {kTestEpoch, std::chrono::days(10)}).value();
  const CertificatePair leaf =
      IssueLeaf(authority, {.common_name = "x"}, {kTestEpoch, std::chrono::days(90)}).value();
  EXPECT_EQ(FactsOf(leaf.certificate_pem).value().not_after, kTestEpoch + std::chrono::days(10));
}

TEST(Certificates, TellTheDaysTheyHaveLeft) {
  const CertificatePair authority =
      MakeAuthority("ca", {kTestEpoch, std::chrono::days(10)}).value();
  EXPECT_DOUBLE_EQ(DaysLeft(authority.certificate_pem, kTestEpoch + std::chrono::hours(36)).value(),
                   8.5);
  EXPECT_LT(DaysLeft(authority.certificate_pem, kTestEpoch + std::chrono::days(11)).value(), 0);
}

TEST(Certificates, RefuseNamesThatWouldAddOthers) {
  const CertificatePair authority = TestAuthority("ca");
  for (const char* name : {"a,DNS:evil", "a\nb", "", "a b"}) {
    const auto leaf =
        IssueLeaf(authority, {.common_name = "x", .dns_names = {name}}, kTestValidity);
    ASSERT_FALSE(leaf) << name;
    EXPECT_EQ(leaf.error().code, ErrorCode::kInvalidArgument) << name;
  }
}

TEST(Certificates, RefuseWhatIsNoPem) {
  EXPECT_THAT(FactsOf("hello").error().message, HasSubstr("no certificate found"));
  const std::string good = TestAuthority("ca").certificate_pem;
  const std::string broken = good + good.substr(0, good.size() / 2);
  EXPECT_EQ(FactsOf(broken).error().code, ErrorCode::kInvalidArgument);
}

TEST(Certificates, RefuseAKeyOfAnotherCertificate) {
  const CertificatePair one = TestAuthority("one");
  const CertificatePair other = TestAuthority("other");
  const auto checked = CheckPair({one.certificate_pem, other.key_pem});
  ASSERT_FALSE(checked);
  EXPECT_THAT(checked.error().message, HasSubstr("does not belong"));
}

}  // namespace
}  // namespace loadcurve::http
