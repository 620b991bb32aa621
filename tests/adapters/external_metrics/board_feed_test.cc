#include "adapters/external_metrics/board_feed.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <tuple>

#include "adapters/external_metrics/board_follower.h"
#include "adapters/external_metrics/published_status.h"
#include "tests/support/scripted_http_transport.h"
#include "tests/support/simulated_clock.h"

namespace loadcurve::external_metrics {
namespace {

using std::chrono::seconds;
using ::testing::HasSubstr;
using ::testing::UnorderedElementsAreArray;

// A leader and a follower; what the follower asks is answered from the feed.
class BoardFeedTest : public ::testing::Test {
 protected:
  BoardFeedTest() {
    transport_.Play([this](const http::HttpRequest& request) {
      const std::size_t at = request.url.find("?after=");
      const auto body = feed_.Answer(at == std::string::npos ? "" : request.url.substr(at + 7));
      bytes_ = body ? body->size() : 0;
      return body ? ScriptedHttpTransport::Ok(*body) : ScriptedHttpTransport::Status(503, "x");
    });
  }

  void Publish(const std::string& profile, double value, Duration ago = Duration(0)) {
    ASSERT_TRUE(leader_.Publish({"shop", "load", profile}, {.value = value,
                                                            .labels = {{"weights", "7"}},
                                                            .measured_at = clock_.Now() - ago,
                                                            .window = seconds(60),
                                                            .max_age = seconds(60)}));
  }
  void Step() { feed_.Take(leader_.Items(), clock_.MonotonicNow()); }
  Result<Duration> Follow() {
    LC_TRY(const BoardAnswer answer, follower_.Ask(transport_, "https://leader"));
    return follower_.Use(answer);
  }
  static std::vector<BoardItem> Sorted(std::vector<BoardItem> items) {
    std::sort(items.begin(), items.end(), [](const BoardItem& a, const BoardItem& b) {
      return std::tie(a.key.metric, a.key.profile) < std::tie(b.key.metric, b.key.profile);
    });
    return items;
  }
  void ExpectSame() { EXPECT_TRUE(Sorted(copy_.Items()) == Sorted(leader_.Items())); }

  SimulatedClock clock_;
  MetricBoard leader_{{"load", "replicas"}, clock_};
  MetricBoard copy_{{"load", "replicas"}, clock_};
  BoardFeed feed_{"a-1", clock_};
  ScriptedHttpTransport transport_;
  BoardFollower follower_{copy_, clock_};
  std::size_t bytes_ = 0;
};

TEST_F(BoardFeedTest, GivesAllAtFirstAndThenWhatChanged) {
  Publish("web", 1.25);
  Publish("db", 2);
  leader_.PublishMissing({"shop", "replicas", "db"}, "nothing was decided yet");
  Step();
  ASSERT_TRUE(Follow());
  ExpectSame();

  clock_.Advance(seconds(15));
  Publish("web", 3);
  leader_.Retire("shop", "db");
  Publish("cache", 4);
  Step();
  ASSERT_TRUE(Follow());
  ExpectSame();
  EXPECT_EQ(copy_.Items().size(), 2U);
}

TEST_F(BoardFeedTest, FollowsSeveralStepsThatItMissed) {
  for (int i = 0; i < 100; ++i) Publish("p" + std::to_string(i), i);
  Step();
  ASSERT_TRUE(Follow());
  const std::size_t whole = bytes_;
  for (int step = 1; step <= 3; ++step) {
    clock_.Advance(seconds(15));
    for (int i = 0; i < 100; ++i) Publish("p" + std::to_string(i), i == step ? 1000 : i);
    Step();
  }
  ASSERT_TRUE(Follow());
  ExpectSame();
  EXPECT_LT(bytes_, whole / 10);
}

TEST_F(BoardFeedTest, GivesAllToWhoMissedMoreThanIsKept) {
  Publish("web", 1);
  Step();
  ASSERT_TRUE(Follow());
  for (std::size_t i = 0; i <= BoardFeed::kFramesKept; ++i) {
    clock_.Advance(seconds(15));
    Publish("web", static_cast<double>(i));
    Step();
  }
  ASSERT_TRUE(Follow());
  ExpectSame();
}

TEST_F(BoardFeedTest, SendsTenThousandSteadyProfilesAsOneMove) {
  for (int i = 0; i < 10'000; ++i) {
    Publish("profile-" + std::to_string(i), i);
    ASSERT_TRUE(leader_.Publish({"shop", "replicas", "profile-" + std::to_string(i)},
                                {.value = 3, .measured_at = clock_.Now(), .max_age = seconds(45)}));
  }
  Step();
  ASSERT_TRUE(Follow());
  RecordProperty("whole_bytes", static_cast<int>(bytes_));

  ASSERT_TRUE(Follow());
  EXPECT_LT(bytes_, 100U);  // nothing happened

  clock_.Advance(seconds(15));
  for (int i = 0; i < 10'000; ++i) {
    Publish("profile-" + std::to_string(i), i);
    ASSERT_TRUE(leader_.Publish({"shop", "replicas", "profile-" + std::to_string(i)},
                                {.value = 3, .measured_at = clock_.Now(), .max_age = seconds(45)}));
  }
  Step();
  ASSERT_TRUE(Follow());
  EXPECT_LT(bytes_, 300U);  // only times moved
  RecordProperty("steady_step_bytes", static_cast<int>(bytes_));
  ExpectSame();
}

TEST_F(BoardFeedTest, KeepsApartWhoMovesOtherwise) {
  Publish("web", 1);
  Publish("db", 2);
  Publish("cache", 3);
  Step();
  ASSERT_TRUE(Follow());
  clock_.Advance(seconds(15));
  Publish("web", 1);
  Publish("db", 2);
  Publish("cache", 3, seconds(10));  // the same value, measured at another time
  Step();
  ASSERT_TRUE(Follow());
  ExpectSame();
  clock_.Advance(seconds(15));
  Publish("web", 1);  // most stay as they are
  Step();
  ASSERT_TRUE(Follow());
  ExpectSame();
}

TEST_F(BoardFeedTest, TellsWhenTheStepBeganByTheFollowersClock) {
  Publish("web", 1);
  Step();
  clock_.Advance(seconds(7));
  EXPECT_EQ(Follow().value(), clock_.MonotonicNow() - seconds(7));
}

TEST_F(BoardFeedTest, HasNothingBeforeTheFirstStepNorAfterLeading) {
  EXPECT_FALSE(feed_.Answer(""));
  Publish("web", 1);
  Step();
  EXPECT_TRUE(feed_.Answer(""));
  feed_.Clear();
  EXPECT_FALSE(feed_.Answer("a-1.1"));
}

TEST_F(BoardFeedTest, GivesAllToWhoHasTheBoardOfAnotherLeader) {
  Publish("web", 1);
  Step();
  EXPECT_THAT(*feed_.Answer("b-1.1"), HasSubstr(R"("whole":true)"));
  EXPECT_THAT(*feed_.Answer("a-1.1"), HasSubstr(R"("frames":[])"));
}

TEST_F(BoardFeedTest, LeavesTheCopyAsItWasForWhatIsNoBoard) {
  Publish("web", 1);
  Step();
  ASSERT_TRUE(Follow());
  const auto before = copy_.Items();
  for (const char* body :
       {"", "null", "[]", "{}", R"({"version":2,"tag":"a","ageMs":0,"frames":[]})",
        R"({"version":1,"tag":"a","ageMs":-1,"frames":[]})",
        R"({"version":1,"tag":"a","ageMs":0,"frames":[7]})",
        R"({"version":1,"tag":"a","ageMs":0,"frames":[{"whole":true,"moves":[],"retired":[],
            "changed":[["shop","load","web","",-1,0,0,0,[]]]}]})",
        R"({"version":1,"tag":"a","ageMs":0,"frames":[{"whole":true,"moves":[],"retired":[],
            "changed":[["shop","unknown","web","",1,0,0,0,[]]]}]})"}) {
    transport_.Play([&](const http::HttpRequest&) { return ScriptedHttpTransport::Ok(body); });
    EXPECT_FALSE(Follow()) << body;
    EXPECT_THAT(copy_.Items(), UnorderedElementsAreArray(before)) << body;
  }
}

TEST_F(BoardFeedTest, RetiresAllButThoseThatAreThere) {
  Publish("web", 1);
  Publish("db", 2);
  leader_.RetireOthers({{"shop", "db"}, {"other", "web"}});
  ASSERT_EQ(leader_.Items().size(), 1U);
  EXPECT_EQ(leader_.Items().front().key.profile, "db");
}

}  // namespace
}  // namespace loadcurve::external_metrics
