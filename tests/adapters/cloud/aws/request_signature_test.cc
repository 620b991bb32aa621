// Against the values that AWS publishes: the Signature Version 4 test suite, and the example of the
// IAM user guide.

#include "adapters/cloud/aws/request_signature.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace loadcurve::aws {
namespace {

using testing::EndsWith;
using testing::HasSubstr;

const Credentials kExample = {"AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"};
const TimePoint kThen = std::chrono::sys_days(std::chrono::year(2015) / 8 / 30) +
                        std::chrono::hours(12) + std::chrono::minutes(36);

std::string AuthorizationOf(const http::HttpRequest& request, const std::string& service) {
  const auto is_signed = Signed(request, kExample, {"us-east-1", service}, kThen);
  EXPECT_TRUE(is_signed);
  return std::string(http::HeaderOf(is_signed->headers, "Authorization"));
}

TEST(RequestSignature, IsThatOfGetVanilla) {
  EXPECT_EQ(AuthorizationOf({.url = "https://example.amazonaws.com/"}, "service"),
            "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, "
            "SignedHeaders=host;x-amz-date, "
            "Signature=5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31");
}

TEST(RequestSignature, IsThatOfGetVanillaQueryOrderKeyCase) {
  EXPECT_THAT(AuthorizationOf({.url = "https://example.amazonaws.com/?Param2=value2&Param1=value1"},
                              "service"),
              EndsWith("=b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500"));
}

TEST(RequestSignature, IsThatOfPostVanilla) {
  EXPECT_THAT(
      AuthorizationOf({.method = "POST", .url = "https://example.amazonaws.com/"}, "service"),
      EndsWith("=5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b"));
}

TEST(RequestSignature, IsThatOfPostXWwwFormUrlencoded) {
  EXPECT_THAT(
      AuthorizationOf({.method = "POST",
                       .url = "https://example.amazonaws.com/",
                       .headers = {{"Content-Type", "application/x-www-form-urlencoded"}},
                       .body = "Param1=value1"},
                      "service"),
      EndsWith("SignedHeaders=content-type;host;x-amz-date, "
               "Signature=ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a"));
}

TEST(RequestSignature, IsThatOfGetHeaderKeyDuplicate) {
  EXPECT_THAT(AuthorizationOf({.url = "https://example.amazonaws.com/",
                               .headers = {{"My-Header1", "value2"},
                                           {"My-Header1", "value2"},
                                           {"My-Header1", "value1"}}},
                              "service"),
              EndsWith("=c9d5ea9f3f72853aea855b47ea873832890dbdd183b4468f858259531a5138ea"));
}

TEST(RequestSignature, IsThatOfTheUserGuide) {
  EXPECT_THAT(
      AuthorizationOf(
          {.url = "https://iam.amazonaws.com/?Action=ListUsers&Version=2010-05-08",
           .headers = {{"Content-Type", "application/x-www-form-urlencoded; charset=utf-8"}}},
          "iam"),
      EndsWith("=5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7"));
}

TEST(RequestSignature, CoversATokenOfTemporaryCredentials) {
  Credentials temporary = kExample;
  temporary.session_token = "token";
  const auto request = *Signed({.url = "https://example.amazonaws.com/"}, temporary,
                               {"us-east-1", "service"}, kThen);
  EXPECT_EQ(http::HeaderOf(request.headers, "X-Amz-Security-Token"), "token");
  EXPECT_THAT(std::string(http::HeaderOf(request.headers, "Authorization")),
              HasSubstr("SignedHeaders=host;x-amz-date;x-amz-security-token,"));
}

TEST(RequestSignature, RefusesAUrlWithoutAHost) {
  EXPECT_EQ(Signed({.url = "/path"}, kExample, {"us-east-1", "ec2"}, kThen).error().code,
            ErrorCode::kInvalidArgument);
}

}  // namespace
}  // namespace loadcurve::aws
