// Two replicas with a real TLS server between them.

#include "adapters/external_metrics/replica_board.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>

#include "adapters/external_metrics/board_handler.h"
#include "adapters/http/http_server.h"
#include "tests/support/echo_handler.h"
#include "tests/support/tls_client.h"

namespace loadcurve::external_metrics {
namespace {

using std::chrono::hours;
using std::chrono::seconds;
using ::testing::HasSubstr;
using ::testing::StartsWith;

// Goes with the machine's time, for libcurl asks it, and can be moved ahead of it.
class MovableClock final : public Clock {
 public:
  TimePoint Now() const override { return real_.Now() + Duration(ahead_); }
  Duration MonotonicNow() const override { return real_.MonotonicNow() + Duration(ahead_); }
  void SleepUntil(Duration, const std::stop_token&) const override {}

  // Servers read it in threads of their own.
  void Advance(Duration span) { ahead_ += span.count(); }

 private:
  SystemClock real_;
  std::atomic<Duration::rep> ahead_{0};
};

const std::string kHeaders =
    "X-Remote-User: loadcurve-replica\r\nX-Remote-Group: system:masters\r\n"
    "Authorization: Bearer t\r\n";

struct Replica {
  Replica(const Clock& clock, const std::string& name)
      : metrics({"loadcurve-replicas"}, clock),
        board(metrics, clock,
              {.instance = name,
               .server_name = "loadcurve.loadcurve.svc",
               .interval = seconds(15),
               .is_leading = [this] { return leads; }}) {}

  Result<MetricItem> Read() const {
    return board.reader().Read(
        {"shop", "loadcurve-replicas", LabelSelector::Parse("scalingprofile=web").value()});
  }
  void Decide(const Clock& clock, double replicas) {
    ASSERT_TRUE(
        metrics.Publish({"shop", "loadcurve-replicas", "web"},
                        {.value = replicas, .measured_at = clock.Now(), .max_age = seconds(180)}));
    board.Publish(clock.MonotonicNow());
  }

  bool leads = false;
  MetricBoard metrics;
  ReplicaBoard board;
};

class ReplicaBoardTest : public ::testing::Test {
 protected:
  ReplicaBoardTest() {
    leader_.leads = true;
    leader_.board.BeginLeading();
    EXPECT_TRUE(leader_.board.UseKeys(keys_, http::CaBundle(keys_)));
    EXPECT_TRUE(follower_.board.UseKeys(keys_, http::CaBundle(keys_)));
    EXPECT_TRUE(handler_.Trust(http::CaBundle(keys_)));
  }

  http::CertificatePair Client(const http::CertificatePair& authority, const std::string& name,
                               http::CertificateUse use = http::CertificateUse::kClient) {
    return http::IssueLeaf(authority, {.common_name = name, .use = use}, today_).value();
  }
  std::string AskAs(const http::CertificatePair* pair) {
    TlsClient client(server_->port(), {.pair = pair});
    return client.Ask(kBoardPath, kHeaders);
  }
  std::string Address() const { return "127.0.0.1:" + std::to_string(server_->port()); }

  MovableClock clock_;
  http::Validity today_{clock_.Now() - hours(1), hours(48)};
  http::ServingKeys keys_ =
      http::Rotated(nullptr, "", http::PolicyFor("loadcurve", "loadcurve"), clock_.Now()).value();
  Replica leader_{clock_, "a-1"};
  Replica follower_{clock_, "b-1"};
  EchoHandler api_;
  BoardHandler handler_{api_, leader_.board.feed(), clock_, leader_.board.is_leading()};
  std::unique_ptr<http::HttpServer> server_ =
      http::HttpServer::Start({}, keys_.leaf, handler_, clock_).value();
};

TEST_F(ReplicaBoardTest, ServesTheLeadersDecisionsForTwoStepsAndThenAnErrorWithCauseAndAge) {
  leader_.Decide(clock_, 7);
  const auto followed = follower_.board.Follow(Address());
  ASSERT_TRUE(followed) << followed.error().message;
  EXPECT_EQ(follower_.Read().value().value, 7);
  clock_.Advance(seconds(29));
  EXPECT_EQ(follower_.Read().value().value, 7);

  server_.reset();
  EXPECT_FALSE(follower_.board.Follow("127.0.0.1:1"));
  clock_.Advance(seconds(2));
  const auto read = follower_.Read();
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().code, ErrorCode::kUnavailable);
  EXPECT_THAT(read.error().message, HasSubstr("is 31 s old; at most 30 s are served"));
  EXPECT_THAT(read.error().message, HasSubstr("127.0.0.1 port 1"));
  EXPECT_FALSE(follower_.board.reader().Check());
}

TEST_F(ReplicaBoardTest, CountsTheAgeFromTheLeadersStepAndNotFromTheAnswer) {
  leader_.Decide(clock_, 7);
  clock_.Advance(seconds(31));  // the leader's loop hangs, its server answers
  ASSERT_TRUE(follower_.board.Follow(Address()));
  EXPECT_THAT(follower_.Read().error().message, HasSubstr("the leader made no newer step"));
}

TEST_F(ReplicaBoardTest, AnswersFromARecentBoardAtOnceWhenItBecomesTheLeader) {
  leader_.Decide(clock_, 7);
  ASSERT_TRUE(follower_.board.Follow(Address()));
  clock_.Advance(seconds(20));
  follower_.leads = true;
  EXPECT_EQ(follower_.Read().value().value, 7);
  follower_.board.BeginLeading();
  EXPECT_EQ(follower_.Read().value().value, 7);
}

TEST_F(ReplicaBoardTest, AnswersWhatItDecidesWhenItIsTheFirstLeader) {
  follower_.leads = true;
  follower_.board.BeginLeading();
  EXPECT_TRUE(follower_.board.reader().Check()) << "nothing is there that could be old";
}

TEST_F(ReplicaBoardTest, GoesOnWithAnOldBoardOnceItsFirstStepIsDone) {
  leader_.Decide(clock_, 7);
  ASSERT_TRUE(follower_.board.Follow(Address()));
  clock_.Advance(seconds(60));  // old for a follower; within what the value itself allows
  EXPECT_FALSE(follower_.Read());
  follower_.leads = true;
  EXPECT_FALSE(follower_.Read());
  follower_.board.BeginLeading();
  EXPECT_THAT(follower_.Read().error().message, HasSubstr("took over is 60 s old"));
  EXPECT_FALSE(follower_.board.reader().Check());
  EXPECT_FALSE(follower_.board.feed().Answer(""));  // others are shown nothing that is not its own

  // It cannot measure yet: that takes nothing away.
  follower_.metrics.PublishMissing({"shop", "loadcurve-replicas", "web"}, "no history yet");
  follower_.board.Publish(clock_.MonotonicNow());
  EXPECT_EQ(follower_.Read().value().value, 7);
  follower_.Decide(clock_, 8);
  EXPECT_EQ(follower_.Read().value().value, 8);
  clock_.Advance(seconds(181));
  EXPECT_FALSE(follower_.Read());
}

TEST_F(ReplicaBoardTest, TakesItsOwnBoardForAnothersOnceItHasNotLedForAWhile) {
  leader_.Decide(clock_, 7);
  leader_.board.EndLeading();
  leader_.board.BeginLeading();
  clock_.Advance(seconds(31));
  EXPECT_FALSE(leader_.Read());
  leader_.Decide(clock_, 8);
  EXPECT_EQ(leader_.Read().value().value, 8);
}

TEST_F(ReplicaBoardTest, TakesNothingFromOthersWhileItLeads) {
  leader_.Decide(clock_, 7);
  follower_.board.BeginLeading();  // and has not noticed yet that it may not
  follower_.Decide(clock_, 9);
  EXPECT_TRUE(follower_.board.Follow(Address()));
  EXPECT_EQ(follower_.Read().value().value, 9);

  follower_.board.EndLeading();
  EXPECT_TRUE(follower_.board.Follow(Address()));
  EXPECT_EQ(follower_.Read().value().value, 7);
}

TEST_F(ReplicaBoardTest, IsNotReadyBeforeItHasABoard) {
  EXPECT_FALSE(follower_.board.reader().Check());
  EXPECT_FALSE(follower_.board.Follow(""));
  EXPECT_THAT(follower_.Read().error().message, HasSubstr("no replica holds the Lease"));
  const auto followed = follower_.board.Follow(Address());
  EXPECT_THAT(followed.error().message, HasSubstr("has not made its first step yet"));
  leader_.Decide(clock_, 7);
  ASSERT_TRUE(follower_.board.Follow(Address()));
  EXPECT_TRUE(follower_.board.reader().Check());
}

TEST_F(ReplicaBoardTest, ShowsNothingWhenItLeadsNoMore) {
  leader_.Decide(clock_, 7);
  leader_.leads = false;
  EXPECT_THAT(follower_.board.Follow(Address()).error().message, HasSubstr("does not lead"));
}

TEST_F(ReplicaBoardTest, TrustsALeaderOfTheSameKeysOnly) {
  leader_.Decide(clock_, 7);
  const auto strangers =
      http::Rotated(nullptr, "", http::PolicyFor("loadcurve", "loadcurve"), clock_.Now()).value();
  ASSERT_TRUE(server_->UseCertificate(strangers.leaf));
  EXPECT_EQ(follower_.board.Follow(Address()).error().code, ErrorCode::kPermissionDenied);
  // The right authority, another name.
  ASSERT_TRUE(
      server_->UseCertificate(Client(keys_.authority, "elsewhere", http::CertificateUse::kServer)));
  EXPECT_EQ(follower_.board.Follow(Address()).error().code, ErrorCode::kPermissionDenied);
}

TEST_F(ReplicaBoardTest, GoesOnThroughAChangeOfKeys) {
  leader_.Decide(clock_, 7);
  http::ServingKeys next = keys_;
  next.next_authority = http::MakeAuthority("loadcurve-authority", today_).value();
  ASSERT_TRUE(handler_.Trust(http::CaBundle(next)));  // the leader knows the next authority
  const auto promoted = http::Rotated(&next, http::CaBundle(next),
                                      http::PolicyFor("loadcurve", "loadcurve"), clock_.Now())
                            .value();
  ASSERT_FALSE(promoted.authority == keys_.authority);
  ASSERT_TRUE(follower_.board.UseKeys(
      promoted, http::CaBundle(promoted)));  // and the follower uses it already
  const auto followed = follower_.board.Follow(Address());
  EXPECT_TRUE(followed) << followed.error().message;
}

TEST_F(ReplicaBoardTest, IsShownToNobodyButReplicas) {
  leader_.Decide(clock_, 7);
  const auto replica = Client(keys_.authority, "loadcurve-replica");
  ASSERT_THAT(AskAs(&replica), StartsWith("HTTP/1.1 200 OK\r\n"));

  const auto proxy_ca = http::MakeAuthority("front-proxy-ca", today_).value();
  const auto kube_ca = http::MakeAuthority("kubernetes", today_).value();
  const auto proxy = Client(proxy_ca, "front-proxy-client");
  const auto kube_client = Client(kube_ca, "loadcurve-replica");
  const auto other_name = Client(keys_.authority, "front-proxy-client");
  const auto& serving_leaf = keys_.leaf;  // may not vouch for clients
  const auto server_use =
      Client(keys_.authority, "loadcurve-replica", http::CertificateUse::kServer);
  for (const http::CertificatePair* pair :
       {static_cast<const http::CertificatePair*>(nullptr), &proxy, &kube_client, &other_name,
        &serving_leaf, &server_use})
    EXPECT_THAT(AskAs(pair), StartsWith("HTTP/1.1 403 Forbidden\r\n"));

  clock_.Advance(hours(72));  // its certificate has ended
  EXPECT_THAT(AskAs(&replica), StartsWith("HTTP/1.1 403 Forbidden\r\n"));
}

TEST_F(ReplicaBoardTest, LeavesAllOtherPathsToTheApi) {
  const auto replica = Client(keys_.authority, "loadcurve-replica");
  TlsClient client(server_->port(), {.pair = &replica});
  EXPECT_THAT(client.Ask("/loadcurve/v1/boards"), HasSubstr("GET\n/loadcurve/v1/boards\n"));
  client.Send("POST /loadcurve/v1/board HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n");
  EXPECT_THAT(client.Answer(), StartsWith("HTTP/1.1 405 "));
}

}  // namespace
}  // namespace loadcurve::external_metrics
