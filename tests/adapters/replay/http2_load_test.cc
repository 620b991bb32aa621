// A load over HTTP/2 against a server of bytes, which may say what no proper server would.

#include <gtest/gtest.h>

#include "adapters/replay/load_generator.h"
#include "tests/adapters/replay/http2_script.h"

namespace loadcurve::replay {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using After = UnrulyServer::After;
using Answer = UnrulyServer::Answer;

std::shared_ptr<const RequestSet> One(const std::string& method = "GET") {
  RequestSet set;
  set.routes = {method + " /a"};
  set.requests = {{.method = method, .path = "/a?x=1", .body = method == "POST" ? "{}" : ""}};
  set.arrivals = {{Duration(0), 0}};
  return std::make_shared<const RequestSet>(std::move(set));
}

LoadOptions Options(std::uint64_t limit) {
  LoadOptions options;
  options.rate = 1000;
  options.arrivals = ArrivalKind::kConstant;
  options.limit = limit;
  options.timeout = milliseconds(300);
  options.http = HttpVersion::kHttp2;
  return options;
}

Target At(const UnrulyServer& server) {
  return ParseTarget(server.url(), false).value();
}

// Sends `options.limit` requests to their end; nothing is in flight then, and all that was
// scheduled is accounted for.
LoadCounts Play(const std::vector<Target>& targets, const LoadOptions& options,
                const std::string& method = "GET") {
  const SystemClock clock;
  auto generator = LoadGenerator::Start(targets, One(method), options, clock).value();
  const Duration give_up = clock.MonotonicNow() + seconds(20);
  while (!generator->HasEnded() && clock.MonotonicNow() < give_up)
    clock.SleepUntil(clock.MonotonicNow() + milliseconds(2), {});
  generator->Stop(Duration(0));
  const LoadInterval load = generator->TakeInterval();
  EXPECT_EQ(load.in_flight, 0U);
  EXPECT_EQ(load.Total().scheduled, *options.limit);
  EXPECT_EQ(load.Total().sent, *options.limit)
      << "each was handed to a connection, and is counted once";
  EXPECT_EQ(load.Total().Ended(), *options.limit);
  return load.Total();
}

Answer Ok(std::uint32_t stream, int) {
  return {AnswerTo(stream)};
}

Answer Silence(std::uint32_t, int) {
  return {""};
}

TEST(Http2Load, SendsAllRequestsOverOneConnection) {
  UnrulyServer server{Http2Script(Ok)};
  const LoadCounts total = Play({At(server)}, Options(100));
  EXPECT_EQ(total.statuses[200], 100U);
  EXPECT_EQ(total.answered_http2, 100U);
  EXPECT_EQ(total.connections, 1U);
}

TEST(Http2Load, SendsBodies) {
  UnrulyServer server{Http2Script(Ok)};
  EXPECT_EQ(Play({At(server)}, Options(20), "POST").statuses[200], 20U);
}

TEST(Http2Load, LetsTargetsTakeTurns) {
  UnrulyServer one{Http2Script(Ok)};
  UnrulyServer two{Http2Script(Ok)};
  LoadOptions options = Options(100);
  options.threads = 2;
  const LoadCounts total = Play({At(one), At(two)}, options);
  EXPECT_EQ(total.answered, 100U);
  EXPECT_EQ(total.connections, 4U) << "of each thread to each target";
}

TEST(Http2Load, OpensAnotherConnectionWhereAllAreFull) {
  // Two at once on each, and none of the ten is answered.
  UnrulyServer server{
      Http2Script(Silence, Settings({{NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, 2}}))};
  const LoadCounts total = Play({At(server)}, Options(10));
  EXPECT_EQ(total.Of(Failure::kTimeout), 10U);
  EXPECT_EQ(total.connections, 5U);
}

TEST(Http2Load, HoldsItsOwnLimitOfStreams) {
  UnrulyServer server{Http2Script(Silence)};
  LoadOptions options = Options(10);
  options.max_streams = 1;
  EXPECT_EQ(Play({At(server)}, options).connections, 10U);
}

TEST(Http2Load, CountsRefusedAndBrokenStreams) {
  UnrulyServer server{Http2Script([](std::uint32_t stream, int number) {
    return Answer{number % 3 == 0   ? ResetOf(stream, NGHTTP2_REFUSED_STREAM)
                  : number % 3 == 1 ? ResetOf(stream, NGHTTP2_INTERNAL_ERROR)
                                    : AnswerTo(stream)};
  })};
  const LoadCounts total = Play({At(server)}, Options(30));
  EXPECT_EQ(total.Of(Failure::kStreamRefused), 10U);
  EXPECT_EQ(total.Of(Failure::kStreamReset), 10U);
  EXPECT_EQ(total.answered, 10U);
  EXPECT_EQ(total.connections, 1U);
}

TEST(Http2Load, FollowsATargetThatEndsConnectionsNowAndThen) {
  // After every fifth request, as servers do for their own reasons: none is lost by it.
  UnrulyServer server{Http2Script([](std::uint32_t stream, int number) {
    return number == 5 ? Answer{AnswerTo(stream) + GoAway(stream), After::kClose}
                       : Answer{AnswerTo(stream)};
  })};
  const LoadCounts total = Play({At(server)}, Options(50));
  EXPECT_EQ(total.answered, 50U);
  EXPECT_GE(total.connections, 10U);
}

TEST(Http2Load, GivesUpOnATargetThatAlwaysGoesAwayAtOnce) {
  UnrulyServer server{Http2Script(Ok, Settings() + GoAway(0))};
  const LoadCounts total = Play({At(server)}, Options(20));
  EXPECT_EQ(total.Of(Failure::kGoAway), 20U);
  EXPECT_LE(total.connections, 20U);
}

TEST(Http2Load, CancelsOneRequestAndLeavesTheOthersAlone) {
  UnrulyServer server{Http2Script([](std::uint32_t stream, int number) {
    return Answer{number == 3 ? "" : AnswerTo(stream)};
  })};
  LoadOptions options = Options(50);
  options.rate = 100;
  options.timeout = seconds(1);
  const LoadCounts total = Play({At(server)}, options);
  EXPECT_EQ(total.Of(Failure::kTimeout), 1U);
  EXPECT_EQ(total.answered, 49U);
  EXPECT_EQ(total.connections, 1U);
}

TEST(Http2Load, TriesAnotherConnectionWhereOneHasDied) {
  // The first one falls silent after three requests; the next ones answer.
  int first = -1;
  int said = 0;
  Http2Script script(Ok);
  UnrulyServer server([&, script](const std::string& bytes, int connection) mutable {
    if (first < 0) first = connection;
    Answer answer = script(bytes, connection);
    if (connection == first && ++said > 3) answer.bytes.clear();
    return answer;
  });
  LoadOptions options = Options(50);
  options.rate = 50;
  const LoadCounts total = Play({At(server)}, options);
  EXPECT_GT(total.answered, 20U);
  EXPECT_GT(total.Of(Failure::kTimeout), 0U);
  EXPECT_EQ(total.answered + total.Of(Failure::kTimeout), 50U);
}

TEST(Http2Load, SendsAgainWhereAConnectionWasResetBeforeAnAnswer) {
  UnrulyServer server{Http2Script([](std::uint32_t stream, int number) {
    return number == 4 ? Answer{"", After::kReset} : Answer{AnswerTo(stream)};
  })};
  LoadOptions options = Options(20);
  options.rate = 100;
  const LoadCounts total = Play({At(server)}, options);
  EXPECT_GE(total.answered, 15U) << "all, unless many came at once";
  EXPECT_EQ(total.answered + total.Of(Failure::kReset), 20U);
  EXPECT_GT(total.resent, 0U);
  EXPECT_EQ(Play({At(server)}, options, "POST").resent, 0U) << "what changes something is not";
}

TEST(Http2Load, CountsATargetThatSpeaksNoHttp2) {
  UnrulyServer server([](const std::string&) { return Answer{}; });
  EXPECT_EQ(Play({At(server)}, Options(20)).Of(Failure::kMalformed), 20U);
}

TEST(Http2Load, CountsATargetThatClosesOrResetsWithoutAWord) {
  UnrulyServer closing([](const std::string&) { return Answer{"", After::kClose}; });
  EXPECT_EQ(Play({At(closing)}, Options(20)).Of(Failure::kCutOff), 20U);
  UnrulyServer resetting([](const std::string&) { return Answer{"", After::kReset}; });
  EXPECT_EQ(Play({At(resetting)}, Options(20)).Of(Failure::kReset), 20U);
}

TEST(Http2Load, CountsRefusedConnections) {
  Target target;
  {
    UnrulyServer gone{Http2Script(Ok)};
    target = At(gone);
  }
  EXPECT_EQ(Play({target}, Options(20)).Of(Failure::kRefused), 20U);
}

TEST(Http2Load, TimesOutWhereNoSettingsComeOrNothingIsAllowed) {
  UnrulyServer silent{Http2Script(Ok, "")};
  EXPECT_EQ(Play({At(silent)}, Options(20)).Of(Failure::kTimeout), 20U);
  UnrulyServer full{Http2Script(Ok, Settings({{NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, 0}}))};
  EXPECT_EQ(Play({At(full)}, Options(20)).Of(Failure::kTimeout), 20U);
}

TEST(Http2Load, SpeaksHttp1InClearTextWhereItMayChoose) {
  UnrulyServer server([](const std::string&) { return Answer{}; });
  LoadOptions options = Options(20);
  options.http = HttpVersion::kNegotiated;
  const LoadCounts total = Play({At(server)}, options);
  EXPECT_EQ(total.answered, 20U);
  EXPECT_EQ(total.answered_http2, 0U);
}

TEST(Http2Load, CountsAsUnfinishedWhatIsUnderWayAtTheStop) {
  const SystemClock clock;
  UnrulyServer server{Http2Script(Silence)};
  LoadOptions options = Options(10);
  options.timeout = seconds(60);
  auto generator = LoadGenerator::Start({At(server)}, One(), options, clock).value();
  LoadInterval load = generator->TakeInterval();
  while (load.Total().scheduled < 10) load.Append(generator->TakeInterval());
  generator->Stop(Duration(0));
  load.Append(generator->TakeInterval());
  EXPECT_EQ(load.Total().Of(Failure::kUnfinished), 10U);
  EXPECT_EQ(load.in_flight, 0U);
}

}  // namespace
}  // namespace loadcurve::replay
