#include "adapters/external_metrics/review_client.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/adapters/external_metrics/review_peer.h"
#include "tests/support/simulated_clock.h"
#include "tests/support/test_certificates.h"

namespace loadcurve::external_metrics {
namespace {

using ::testing::HasSubstr;

class ReviewClientTest : public ::testing::Test {
 protected:
  Result<std::string> Ask() {
    return client_.Post("/x", R"({"kind":"SubjectAccessReview","spec":{}})");
  }

  SimulatedClock clock_{kTestEpoch};
  ReviewPeer peer_;
  ReviewClient client_{peer_, "https://10.96.0.1:443", clock_};
};

TEST_F(ReviewClientTest, PostsJson) {
  ASSERT_TRUE(Ask());
  const http::HttpRequest request = peer_.requests().at(0);
  EXPECT_EQ(request.method, "POST");
  EXPECT_EQ(request.url, "https://10.96.0.1:443/x");
  EXPECT_EQ(http::HeaderOf(request.headers, "Content-Type"), "application/json");
  EXPECT_EQ(peer_.deadlines().at(0), std::chrono::seconds(10));
}

TEST_F(ReviewClientTest, TriesAgainEverMoreSlowlyWithinTenSeconds) {
  const Duration start = clock_.MonotonicNow();
  peer_.FailNext({Fail(ErrorCode::kUnavailable, "no route"), http::HttpResponse{.status = 503},
                  http::HttpResponse{.status = 429}});
  EXPECT_TRUE(Ask());
  EXPECT_EQ(peer_.requests().size(), 4U);
  // 500 + 750 + 1125 ms
  EXPECT_EQ(clock_.MonotonicNow() - start, std::chrono::milliseconds(2375));
  EXPECT_EQ(peer_.deadlines().at(3), std::chrono::milliseconds(10000 - 2375));
}

TEST_F(ReviewClientTest, GivesUpAfterFiveAttempts) {
  peer_.FailNext(std::vector<Result<http::HttpResponse>>(9, http::HttpResponse{.status = 500}));
  const auto refused = Ask();
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kUnavailable);
  EXPECT_EQ(peer_.requests().size(), 5U);
}

TEST_F(ReviewClientTest, SaysWhichCommandLetsUsAsk) {
  peer_.FailNext({http::HttpResponse{.status = 403, .body = "forbidden"}});
  const auto refused = Ask();
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kPermissionDenied);
  EXPECT_THAT(refused.error().message, HasSubstr("--clusterrole=system:auth-delegator"));
  EXPECT_EQ(peer_.requests().size(), 1U) << "asking again would not help";
}

}  // namespace
}  // namespace loadcurve::external_metrics
