#include "adapters/kube/leader_lease.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/support/scripted_http_transport.h"
#include "tests/support/simulated_clock.h"

namespace loadcurve::kube {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;
using testing::HasSubstr;
using Script = ScriptedHttpTransport;

// One Lease of an API server, with resourceVersions; it can be cut off, and lose answers.
class LeaseServer {
 public:
  std::optional<Script::Answer> operator()(const http::HttpRequest& request) {
    ++requests;
    if (is_down) return Script::Status(503, "down");
    if (request.method == "GET")
      return lease ? Script::Ok(lease->dump()) : Script::Status(404, "{}");
    const json object = json::parse(request.body);
    const std::string version = object["metadata"].value("resourceVersion", "");
    if (request.method == "POST" && lease) return Script::Status(409, "{}");
    if (request.method == "PUT" && !lease) return Script::Status(404, "{}");
    if (request.method == "PUT" && version != Version())
      return Script::Status(409, R"({"reason":"Conflict"})");
    lease = object;
    (*lease)["metadata"]["resourceVersion"] = std::to_string(++versions);
    ++writes;
    if (std::exchange(loses_next_answer, false)) return Script::TimedOut();
    return Script::Ok(lease->dump());
  }
  std::string Version() const { return (*lease)["metadata"]["resourceVersion"]; }
  std::string Holder() const { return lease ? (*lease)["spec"]["holderIdentity"] : json(""); }

  std::optional<json> lease;
  bool is_down = false;
  bool loses_next_answer = false;
  int versions = 0;
  int writes = 0;
  int requests = 0;
};

// Everyone has a clock of their own, as machines have.
struct Candidate {
  Candidate(LeaseServer& server, const std::string& name)
      : client(transport, {.server = "https://api"}, clock),
        lease(*LeaderLease::Make(client, clock, "loadcurve", "loadcurve", name, {},
                                 name + ".example:8443")) {
    transport.Play([&server](const http::HttpRequest& request) { return server(request); });
  }
  SimulatedClock clock;
  Script transport;
  KubeClient client;
  std::unique_ptr<LeaderLease> lease;
};

class LeaderLeaseTest : public testing::Test {
 protected:
  void Pass(Duration span) {
    a_.clock.Advance(span);
    b_.clock.Advance(span);
  }
  // Two-second steps of both.
  void Rounds(int count) {
    for (int i = 0; i < count; ++i) {
      (void)a_.lease->Step();
      (void)b_.lease->Step();
      Pass(2s);
    }
  }

  LeaseServer server_;
  Candidate a_{server_, "a-1"};
  Candidate b_{server_, "b-1"};
};

TEST_F(LeaderLeaseTest, SaysWhereTheHolderIsReached) {
  EXPECT_EQ(b_.lease->holder_address(), "");
  Rounds(1);
  EXPECT_EQ(a_.lease->holder_address(), "a-1.example:8443");
  EXPECT_EQ(b_.lease->holder_address(), "a-1.example:8443");
  ASSERT_TRUE(a_.lease->Release());
  EXPECT_EQ(a_.lease->holder_address(), "");
  ASSERT_TRUE(b_.lease->Step());
  EXPECT_EQ(b_.lease->holder_address(), "b-1.example:8443");
  EXPECT_EQ((*server_.lease)["metadata"]["annotations"]["loadcurve.dev/address"],
            "b-1.example:8443");
}

TEST_F(LeaderLeaseTest, GoesToTheFirstAndStaysWithIt) {
  Rounds(50);
  EXPECT_EQ(a_.lease->Token(), 0);
  EXPECT_FALSE(b_.lease->Token());
  EXPECT_EQ(b_.lease->holder(), "a-1");
  EXPECT_THAT(server_.lease->dump(), HasSubstr(R"("renewTime":"2026-10-10T00:01:38.000000Z")"));
}

TEST_F(LeaderLeaseTest, RenewsWithOneWriteAndNoRead) {
  Rounds(1);
  const int before = server_.requests;
  EXPECT_TRUE(a_.lease->Step());
  EXPECT_EQ(server_.requests, before + 1);
}

TEST_F(LeaderLeaseTest, PassesOnWithAHigherTokenWhenTheLeaderDies) {
  Rounds(3);
  Duration waited{0};
  while (!b_.lease->Token()) {
    (void)b_.lease->Step();
    Pass(1s);
    waited += 1s;
    ASSERT_LT(waited, Duration(60s));
  }
  // b saw the last renewal two seconds before.
  EXPECT_GE(waited, Duration(13s));
  EXPECT_LE(waited, Duration(16s));
  EXPECT_EQ(b_.lease->Token(), 1);
  EXPECT_FALSE(a_.lease->Token());
}

// The promise that makes it safe: at no time do two believe that they lead.
TEST_F(LeaderLeaseTest, NeverHasTwoLeaders) {
  std::uint32_t chance = 7;
  for (int i = 0; i < 5000; ++i) {
    chance = chance * 1664525U + 1013904223U;
    server_.is_down = (chance >> 28U) == 0 || (i % 400 > 380);
    server_.loses_next_answer = (chance >> 24U & 7U) == 0;
    // Each hangs for a while now and then, and misses a step at any time.
    if ((chance >> 20U & 3U) != 0 && i / 50 % 4 != 1) (void)a_.lease->Step();
    if ((chance >> 18U & 3U) != 0 && i / 50 % 4 != 3) (void)b_.lease->Step();
    EXPECT_FALSE(a_.lease->Token() && b_.lease->Token()) << "at step " << i;
    // Clocks of machines run a little differently, and jump.
    a_.clock.Advance(1s);
    b_.clock.Advance(1010ms);
    if (i % 97 == 0) a_.clock.JumpWall(-1h);
    if (i % 89 == 0) b_.clock.JumpWall(24h);
    if (i % 1000 == 500) a_.clock.Advance(25s);  // a long pause of one alone
  }
  EXPECT_GT((*server_.lease)["spec"]["leaseTransitions"], 30);
}

TEST_F(LeaderLeaseTest, StopsLeadingByTheClockAloneBeforeOthersBegin) {
  Rounds(1);
  server_.is_down = true;
  Pass(7s);  // 9 s since the renewal was asked for
  EXPECT_EQ(a_.lease->Token(), 0);
  EXPECT_FALSE(a_.lease->Step());
  EXPECT_EQ(a_.lease->fault()->code, ErrorCode::kUnavailable);
  Pass(1s);
  EXPECT_FALSE(a_.lease->Token());
  EXPECT_FALSE(b_.lease->Token());
}

TEST_F(LeaderLeaseTest, LeadsOnUnderTheSameTokenWhereNobodyTookOver) {
  Rounds(1);
  server_.is_down = true;
  Rounds(6);
  EXPECT_FALSE(a_.lease->Token());
  server_.is_down = false;
  EXPECT_TRUE(a_.lease->Step());
  EXPECT_EQ(a_.lease->Token(), 0);
}

TEST_F(LeaderLeaseTest, DoesNotCareForWallClocksThatJump) {
  Rounds(2);
  a_.clock.JumpWall(-24h);
  b_.clock.JumpWall(24h);
  Rounds(5);
  EXPECT_EQ(a_.lease->Token(), 0);
  EXPECT_FALSE(b_.lease->Token());
}

TEST_F(LeaderLeaseTest, LosesAtOnceWhenItsProcessWasPaused) {
  Rounds(2);
  a_.clock.Advance(1h);
  EXPECT_FALSE(a_.lease->Token());
}

TEST_F(LeaderLeaseTest, ReadsAnewAfterAConflict) {
  Rounds(1);
  (*server_.lease)["metadata"]["resourceVersion"] = "99";  // someone annotated it
  EXPECT_EQ(a_.lease->Step().error().code, ErrorCode::kConflict);
  EXPECT_EQ(a_.lease->Token(), 0);  // until the deadline
  EXPECT_TRUE(a_.lease->Step());
  EXPECT_EQ(a_.lease->Token(), 0);
}

TEST_F(LeaderLeaseTest, YieldsWhenAnotherTookItByForce) {
  Rounds(1);
  (*server_.lease)["spec"]["holderIdentity"] = "c-1";
  (*server_.lease)["spec"]["leaseTransitions"] = 8;
  (*server_.lease)["metadata"]["resourceVersion"] = "99";
  (void)a_.lease->Step();
  EXPECT_TRUE(a_.lease->Step());
  EXPECT_FALSE(a_.lease->Token());
  EXPECT_EQ(a_.lease->holder(), "c-1");
}

TEST_F(LeaderLeaseTest, FindsOutAboutAWriteWhoseAnswerWasLost) {
  server_.loses_next_answer = true;
  EXPECT_EQ(a_.lease->Step().error().code, ErrorCode::kDeadlineExceeded);
  EXPECT_FALSE(a_.lease->Token());
  EXPECT_EQ(server_.Holder(), "a-1");
  EXPECT_TRUE(a_.lease->Step());
  EXPECT_EQ(a_.lease->Token(), 1);
}

TEST_F(LeaderLeaseTest, IsGivenBackOnLeavingSoThatOthersNeedNotWait) {
  std::stop_source stop;
  stop.request_stop();
  Rounds(1);
  a_.lease->Run(stop.get_token());
  EXPECT_EQ(server_.Holder(), "");
  EXPECT_FALSE(a_.lease->Token());
  EXPECT_TRUE(b_.lease->Step());
  EXPECT_EQ(b_.lease->Token(), 1);
}

TEST_F(LeaderLeaseTest, TakesALeaseThatWasDeletedUnderIt) {
  Rounds(2);
  server_.lease.reset();
  EXPECT_EQ(a_.lease->Step().error().code, ErrorCode::kNotFound);
  EXPECT_TRUE(a_.lease->Step());
  EXPECT_EQ(a_.lease->Token(), 1);  // not 0 again
}

TEST(LeaseElection, RefusesTimesThatCannotBeSafe) {
  EXPECT_FALSE(LeaseElection::Make(""));
  EXPECT_FALSE(LeaseElection::Make("a", {.lease = 10s, .renew_deadline = 10s, .retry = 2s}));
  EXPECT_FALSE(LeaseElection::Make("a", {.lease = 15s, .renew_deadline = 2s, .retry = 2s}));
  EXPECT_FALSE(LeaseElection::Make("a", {.lease = 15500ms, .renew_deadline = 10s, .retry = 2s}));
  EXPECT_TRUE(LeaseElection::Make("a"));
}

}  // namespace
}  // namespace loadcurve::kube
