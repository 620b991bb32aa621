#include "adapters/kube/kube_watch.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/support/scripted_http_transport.h"
#include "tests/support/simulated_clock.h"

namespace loadcurve::kube {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;
using testing::AllOf;
using testing::ElementsAre;
using testing::Ge;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Le;
using testing::StartsWith;
using Script = ScriptedHttpTransport;

json Pod(const std::string& name, const std::string& version) {
  return {{"metadata", {{"namespace", "shop"}, {"name", name}, {"resourceVersion", version}}}};
}

std::string Page(const std::string& version, std::vector<json> items,
                 const std::string& continue_token = "") {
  return json{{"metadata", {{"resourceVersion", version}, {"continue", continue_token}}},
              {"items", std::move(items)}}
      .dump();
}

std::string Line(const std::string& type, const json& object) {
  return json{{"type", type}, {"object", object}}.dump() + "\n";
}

std::string Bookmark(const std::string& version) {
  return Line("BOOKMARK", {{"metadata", {{"resourceVersion", version}}}});
}

std::string Gone() {
  return Line("ERROR", {{"kind", "Status"}, {"code", 410}, {"reason", "Expired"}});
}

class KubeWatchTest : public testing::Test {
 protected:
  void TearDown() override { EXPECT_THAT(transport_.unexpected(), IsEmpty()); }

  void Steps(int count) {
    for (int i = 0; i < count; ++i) watch_.Step({});
  }

  std::vector<std::string> Told() { return std::exchange(told_, {}); }

  void Note(const WatchEvent& event) {
    switch (event.kind) {
      case WatchEvent::Kind::kChanged:
        told_.push_back("changed " + event.key + " " +
                        (*event.object)["metadata"]["resourceVersion"].get<std::string>());
        break;
      case WatchEvent::Kind::kDeleted:
        told_.push_back("deleted " + event.key);
        break;
      case WatchEvent::Kind::kSynced:
        told_.push_back("synced");
        break;
    }
  }

  SimulatedClock clock_;
  Script transport_;
  KubeClient client_{transport_, {.server = "https://api"}, clock_};
  std::vector<std::string> told_;
  KubeWatch watch_{client_,
                   {.type = kPods, .label_selector = "app=web"},
                   [this](const WatchEvent& event) { Note(event); },
                   clock_,
                   1};
};

TEST_F(KubeWatchTest, ListsThenWatchesOnFromThere) {
  transport_.On("GET", "limit=500", Script::Ok(Page("10", {Pod("a", "3")}, "next")));
  transport_.On("GET", "continue=next", Script::Ok(Page("10", {Pod("b", "4")})));
  transport_.On("GET", "resourceVersion=10",
                Script::Chunks({Line("MODIFIED", Pod("a", "11")), Line("ADDED", Pod("c", "12")),
                                Line("DELETED", Pod("b", "13")), Bookmark("20")}));
  Steps(2);
  EXPECT_TRUE(watch_.is_synced());
  EXPECT_THAT(Told(), ElementsAre("changed shop/a 3", "changed shop/b 4", "synced"));
  Steps(1);
  EXPECT_THAT(Told(), ElementsAre("changed shop/a 11", "changed shop/c 12", "deleted shop/b"));
  EXPECT_THAT(transport_.last().url, AllOf(HasSubstr("watch=true&allowWatchBookmarks=true"),
                                           HasSubstr("labelSelector=app%3Dweb")));
  transport_.On("GET", "resourceVersion=20", Script::Chunks({}));
  Steps(1);
}

TEST_F(KubeWatchTest, IsNotSyncedBeforeTheLastPage) {
  transport_.On("GET", "limit=500", Script::Ok(Page("10", {Pod("a", "3")}, "next")));
  Steps(1);
  EXPECT_FALSE(watch_.is_synced());
}

TEST_F(KubeWatchTest, PutsLinesTogetherAndDropsTheHalfThatWasCutOff) {
  transport_.On("GET", "limit=500", Script::Ok(Page("10", {})));
  const std::string line = Line("ADDED", Pod("a", "11"));
  Script::Answer cut = Script::Chunks({line.substr(0, 9), line.substr(9) + line.substr(0, 20)});
  cut.failure = Error{ErrorCode::kUnavailable, "the connection was cut off"};
  transport_.On("GET", "resourceVersion=10", cut);
  Steps(2);
  EXPECT_THAT(Told(), ElementsAre("synced", "changed shop/a 11"));
  EXPECT_THAT(watch_.fault()->message, HasSubstr("watch pods: the connection was cut off"));
  Steps(1);  // waits
  transport_.On("GET", "resourceVersion=11", Script::Chunks({Line("ADDED", Pod("b", "12"))}));
  Steps(1);
  EXPECT_THAT(Told(), ElementsAre("changed shop/b 12"));
  EXPECT_FALSE(watch_.fault());
}

TEST_F(KubeWatchTest, ListsAnewAfter410AndTellsOnlyWhatChanged) {
  transport_.On("GET", "limit=500",
                Script::Ok(Page("10", {Pod("a", "3"), Pod("b", "4"), Pod("c", "5")})));
  transport_.On("GET", "resourceVersion=10", Script::Chunks({Bookmark("15"), Gone()}));
  Steps(2);
  EXPECT_THAT(Told(),
              ElementsAre("changed shop/a 3", "changed shop/b 4", "changed shop/c 5", "synced"));
  transport_.On("GET", "limit=500", Script::Ok(Page("30", {Pod("a", "3"), Pod("c", "25")})));
  Steps(1);
  EXPECT_THAT(Told(), ElementsAre("changed shop/c 25", "deleted shop/b", "synced"));
  EXPECT_TRUE(watch_.is_synced());
}

TEST_F(KubeWatchTest, TakesA410InPlaceOfAWatchTheSameWay) {
  transport_.On("GET", "limit=500", Script::Ok(Page("10", {})));
  transport_.On("GET", "resourceVersion=10", Script::Status(410, R"({"reason":"Expired"})"));
  Steps(3);
  transport_.On("GET", "limit=500", Script::Ok(Page("30", {Pod("a", "3")})));
  Steps(1);
  EXPECT_THAT(Told(), ElementsAre("synced", "changed shop/a 3", "synced"));
}

TEST_F(KubeWatchTest, BeginsAListAnewWhoseNextPageIsGone) {
  transport_.On("GET", "limit=500", Script::Ok(Page("10", {Pod("a", "3"), Pod("b", "3")}, "n")));
  transport_.On("GET", "continue=n", Script::Status(410));
  transport_.On("GET", "limit=500", Script::Ok(Page("20", {Pod("a", "3")})));
  Steps(3);
  EXPECT_THAT(Told(),
              ElementsAre("changed shop/a 3", "changed shop/b 3", "deleted shop/b", "synced"));
}

TEST_F(KubeWatchTest, AsksForTheSamePageAgainAfterAFailure) {
  transport_.On("GET", "limit=500", Script::Ok(Page("10", {Pod("a", "3")}, "n")));
  transport_.On("GET", "continue=n", Script::Status(503));
  transport_.On("GET", "continue=n", Script::TimedOut());
  transport_.On("GET", "continue=n", Script::CutOff("{\"items\":["));
  transport_.On("GET", "continue=n", Script::Ok("{\"items\":["));
  transport_.On("GET", "continue=n", Script::Ok(Page("10", {Pod("b", "4")})));
  Steps(1 + 4 * 2 + 1);
  EXPECT_THAT(Told(), ElementsAre("changed shop/a 3", "changed shop/b 4", "synced"));
}

TEST_F(KubeWatchTest, WaitsLongerAndLongerWithChanceInIt) {
  transport_.Play([](const http::HttpRequest&) -> std::optional<Script::Answer> {
    return Script::Status(500, "down");
  });
  std::vector<Duration> waits;
  for (int i = 0; i < 8; ++i) {
    Steps(1);
    EXPECT_TRUE(watch_.fault());
    const Duration before = clock_.MonotonicNow();
    Steps(1);
    waits.push_back(clock_.MonotonicNow() - before);
  }
  EXPECT_THAT(waits.front(), AllOf(Ge(400ms), Le(800ms)));
  EXPECT_THAT(waits[3], AllOf(Ge(3200ms), Le(6400ms)));
  EXPECT_THAT(waits.back(), AllOf(Ge(15s), Le(30s)));
}

TEST_F(KubeWatchTest, HonoursRetryAfter) {
  transport_.On("GET", "limit=500", Script::Status(429, "", {{"Retry-After", "120"}}));
  const Duration before = clock_.MonotonicNow();
  Steps(2);
  EXPECT_EQ(clock_.MonotonicNow() - before, Duration(120s));
  EXPECT_EQ(watch_.fault()->code, ErrorCode::kUnavailable);
}

TEST_F(KubeWatchTest, DoesNotAskInACircleWhereWatchesEndAtOnce) {
  transport_.On("GET", "limit=500", Script::Ok(Page("10", {})));
  for (int i = 0; i < 5; ++i) transport_.On("GET", "watch=true", Script::Chunks({}));
  const Duration before = clock_.MonotonicNow();
  Steps(1 + 5 * 2);
  EXPECT_GT(clock_.MonotonicNow() - before, Duration(5s));
}

TEST_F(KubeWatchTest, OpensASilentWatchAnewWithoutAFault) {
  transport_.On("GET", "limit=500", Script::Ok(Page("10", {})));
  Script::Answer silent = Script::Chunks({Bookmark("12")});
  silent.failure = Error{ErrorCode::kDeadlineExceeded, "silence"};
  transport_.On("GET", "resourceVersion=10", silent);
  transport_.On("GET", "resourceVersion=12", silent);
  Steps(3);
  EXPECT_FALSE(watch_.fault());
}

TEST_F(KubeWatchTest, SaysWhatItMayNotDo) {
  transport_.On("GET", "limit=500",
                Script::Status(403, R"({"reason":"Forbidden","message":"pods is forbidden: User )"
                                    R"(\"x\" cannot list resource \"pods\""})"));
  Steps(1);
  EXPECT_EQ(watch_.fault()->code, ErrorCode::kPermissionDenied);
  EXPECT_THAT(watch_.fault()->message,
              AllOf(StartsWith("list pods: 403 Forbidden"),
                    HasSubstr("a ClusterRole must allow verb 'list' on resource 'pods'")));
}

TEST_F(KubeWatchTest, AsksForLifetimesThatDiffer) {
  transport_.Play([](const http::HttpRequest& request) -> std::optional<Script::Answer> {
    if (request.url.find("watch=true") == std::string::npos) return Script::Ok(Page("1", {}));
    return Script::Chunks({Bookmark("2")});
  });
  Steps(6);
  std::set<std::string> lifetimes;
  for (const auto& request : transport_.requests()) {
    const std::size_t at = request.url.find("timeoutSeconds=");
    if (at == std::string::npos) continue;
    const std::string seconds = request.url.substr(at + 15, 3);
    EXPECT_THAT(std::stoi(seconds), AllOf(Ge(300), Le(600)));
    lifetimes.insert(seconds);
  }
  EXPECT_GT(lifetimes.size(), 3U);
}

TEST_F(KubeWatchTest, StopsWhenAsked) {
  std::stop_source stop;
  transport_.Play([&](const http::HttpRequest& request) -> std::optional<Script::Answer> {
    if (request.url.find("watch=true") == std::string::npos) return Script::Ok(Page("1", {}));
    stop.request_stop();
    return Script::Chunks({Bookmark("2")});
  });
  watch_.Run(stop.get_token());
  EXPECT_THAT(Told(), ElementsAre("synced"));
  EXPECT_FALSE(watch_.fault());
}

TEST_F(KubeWatchTest, CountsTheBytesItReads) {
  const std::string page = Page("10", {Pod("a", "3")});
  transport_.On("GET", "limit=500", Script::Ok(page));
  Steps(1);
  EXPECT_EQ(watch_.bytes_read(), page.size());
}

}  // namespace
}  // namespace loadcurve::kube
