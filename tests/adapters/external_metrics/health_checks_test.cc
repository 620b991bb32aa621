#include "adapters/external_metrics/health_checks.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace loadcurve::external_metrics {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class HealthChecksTest : public ::testing::Test {
 protected:
  http::ServerResponse Ask(std::string_view target) const {
    return checks_.Answer(RequestTarget::Parse(target).value());
  }

  Result<void> synced_;
  Result<void> loop_;
  HealthChecks checks_{{{.name = "synced", .check = [this] { return synced_; }},
                        {.name = "loop",
                         .matters = HealthCheck::Matters::kForLife,
                         .check = [this] { return loop_; }}}};
};

TEST_F(HealthChecksTest, SayOkAndNoMore) {
  for (const char* path : {"/healthz", "/livez", "/readyz", "/readyz/ping", "/readyz/synced"}) {
    const auto response = Ask(path);
    EXPECT_EQ(response.status, 200) << path;
    EXPECT_EQ(response.body, "ok") << path;
    EXPECT_THAT(http::HeaderOf(response.headers, "Content-Type"), HasSubstr("text/plain"));
  }
}

TEST_F(HealthChecksTest, ListThemselvesWhenAskedTo) {
  EXPECT_EQ(Ask("/readyz?verbose").body,
            "[+]ping ok\n[+]synced ok\n[+]loop ok\n[+]shutdown ok\nreadyz check passed\n");
  EXPECT_EQ(Ask("/livez?verbose=true").body, "[+]ping ok\n[+]loop ok\nlivez check passed\n");
}

TEST_F(HealthChecksTest, NameWhatFailsAndKeepTheReason) {
  synced_ = Fail(ErrorCode::kUnavailable, "secret address");
  const auto response = Ask("/readyz");
  EXPECT_EQ(response.status, 500);
  EXPECT_THAT(response.body, HasSubstr("[-]synced failed: reason withheld\n"));
  EXPECT_THAT(response.body, HasSubstr("readyz check failed\n"));
  EXPECT_THAT(response.body, Not(HasSubstr("secret")));
  EXPECT_EQ(checks_.WhyNotReady(), "synced: secret address");
  EXPECT_EQ(Ask("/livez").status, 200) << "a restart would not cure it";
  EXPECT_EQ(Ask("/readyz/synced").status, 500);
  EXPECT_EQ(Ask("/readyz/loop").status, 200);
  EXPECT_EQ(Ask("/readyz?exclude=synced").status, 200);
}

TEST_F(HealthChecksTest, FailForLifeWhereARestartCures) {
  loop_ = Fail(ErrorCode::kInternal, "stuck");
  for (const char* path : {"/healthz", "/livez", "/readyz"}) EXPECT_EQ(Ask(path).status, 500);
}

TEST_F(HealthChecksTest, AreNotReadyButAliveWhileGoingAway) {
  checks_.BeginDrain();
  EXPECT_EQ(Ask("/readyz").status, 500);
  EXPECT_THAT(Ask("/readyz").body, HasSubstr("[-]shutdown failed"));
  EXPECT_EQ(Ask("/livez").status, 200);
}

TEST_F(HealthChecksTest, HaveNoOthers) {
  EXPECT_EQ(Ask("/readyz/none").status, 404);
}

}  // namespace
}  // namespace loadcurve::external_metrics
