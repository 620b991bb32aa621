#include "adapters/kube/fenced_transport.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "adapters/kube/event_recorder.h"
#include "adapters/kube/profile_conditions.h"
#include "adapters/kube/status_writer.h"
#include "tests/support/scripted_http_transport.h"
#include "tests/support/simulated_clock.h"

namespace loadcurve::kube {
namespace {

using Script = ScriptedHttpTransport;

class FencedTransportTest : public testing::Test {
 protected:
  std::size_t CountOf(const std::string& method) const {
    std::size_t count = 0;
    for (const auto& request : server_.requests()) count += request.method == method;
    return count;
  }

  static StoredProfile Broken() {
    return {.namespace_name = "shop",
            .name = "web",
            .uid = "u1",
            .profile = Fail(ErrorCode::kInvalidArgument, "spec.targetRef is absent"),
            .last_good = {},
            .status = {}};
  }

  SimulatedClock clock_;
  Script server_;
  bool leads_ = true;
  FencedTransport transport_{server_, [this] { return leads_; }};
  KubeClient client_{transport_, {.server = "https://api"}, clock_};
  EventRecorder events_{client_, clock_, "loadcurve-0"};
  StatusWriter writer_{client_, events_, clock_};
};

TEST_F(FencedTransportTest, ReadsAlwaysAndWritesOnlyWhileLeading) {
  server_.Play([](const http::HttpRequest&) { return Script::Ok("{}"); });
  EXPECT_TRUE(transport_.Send({.method = "PATCH", .url = "https://api/x"}, Duration(1)));
  leads_ = false;
  EXPECT_TRUE(transport_.Send({.method = "GET", .url = "https://api/x"}, Duration(1)));
  for (const char* method : {"PATCH", "PUT", "POST", "DELETE"})
    EXPECT_EQ(transport_.Send({.method = method, .url = "https://api/x"}, Duration(1)).error().code,
              ErrorCode::kCancelled);
  EXPECT_EQ(server_.requests().size(), 2U);
}

// The token runs out while the status is being written.
TEST_F(FencedTransportTest, WritesNoEventOnceTheTokenRanOutDuringTheStatus) {
  server_.Play([this](const http::HttpRequest& request) {
    if (request.method == "PATCH") leads_ = false;
    return Script::Ok("{}");
  });
  const StoredProfile broken = Broken();
  const auto written = writer_.Write(broken, StatusOfBroken(broken, clock_.Now()));
  EXPECT_EQ(CountOf("PATCH"), 1U);
  EXPECT_EQ(CountOf("POST"), 0U);
  ASSERT_FALSE(written);
  EXPECT_EQ(written.error().code, ErrorCode::kCancelled);
}

TEST_F(FencedTransportTest, WritesNoStatusOnceTheTokenRanOut) {
  leads_ = false;
  const StoredProfile broken = Broken();
  EXPECT_EQ(writer_.Write(broken, StatusOfBroken(broken, clock_.Now())).error().code,
            ErrorCode::kCancelled);
  EXPECT_TRUE(server_.requests().empty());
}

}  // namespace
}  // namespace loadcurve::kube
