#include "adapters/external_metrics/authentication_config.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace loadcurve::external_metrics {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

TEST(AuthenticationConfig, IsReadFromTheConfigMap) {
  const AuthenticationConfig config =
      ParseAuthenticationConfig({{"client-ca-file", "CLIENTS"},
                                 {"requestheader-client-ca-file", "PROXIES"},
                                 {"requestheader-allowed-names", R"(["front-proxy-client"])"},
                                 {"requestheader-username-headers", R"(["X-Remote-User","X-U"])"},
                                 {"requestheader-uid-headers", R"(["X-Remote-Uid"])"},
                                 {"requestheader-group-headers", R"(["X-Remote-Group"])"},
                                 {"requestheader-extra-headers-prefix", R"(["X-Remote-Extra-"])"}})
          .value();
  EXPECT_EQ(config.client_ca_pem, "CLIENTS");
  EXPECT_EQ(config.proxy_ca_pem, "PROXIES");
  EXPECT_THAT(config.allowed_names, ElementsAre("front-proxy-client"));
  EXPECT_THAT(config.username_headers, ElementsAre("X-Remote-User", "X-U"));
  EXPECT_THAT(config.uid_headers, ElementsAre("X-Remote-Uid"));
  EXPECT_THAT(config.group_headers, ElementsAre("X-Remote-Group"));
  EXPECT_THAT(config.extra_prefixes, ElementsAre("X-Remote-Extra-"));
}

TEST(AuthenticationConfig, AssumesNothingThatIsNotThere) {
  const AuthenticationConfig config =
      ParseAuthenticationConfig({{"requestheader-group-headers", "null"}}).value();
  EXPECT_THAT(config.uid_headers, IsEmpty());
  EXPECT_THAT(config.username_headers, IsEmpty());
  EXPECT_EQ(config, AuthenticationConfig());
}

TEST(AuthenticationConfig, RefusesWhatIsNoListOfStrings) {
  for (const char* text : {"X-Remote-User", R"("X-Remote-User")", "[1]", R"({"a":1})", "["}) {
    const auto config = ParseAuthenticationConfig({{"requestheader-username-headers", text}});
    ASSERT_FALSE(config) << text;
    EXPECT_THAT(config.error().message, HasSubstr("requestheader-username-headers"));
  }
}

}  // namespace
}  // namespace loadcurve::external_metrics
