#include "adapters/replay/load_generator.h"

#include <gtest/gtest.h>

#include <atomic>

#include "tests/adapters/replay/unruly_server.h"

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
  return options;
}

Target At(const std::string& url) {
  return ParseTarget(url, false).value();
}

// Sends `options.limit` requests to their end; nothing is in flight then, and all that was
// scheduled is accounted for.
LoadInterval Play(const std::vector<Target>& targets, const LoadOptions& options,
                  const std::shared_ptr<const RequestSet>& requests = One()) {
  const SystemClock clock;
  auto generator = LoadGenerator::Start(targets, requests, options, clock).value();
  const Duration give_up = clock.MonotonicNow() + seconds(20);
  while (!generator->HasEnded() && clock.MonotonicNow() < give_up)
    clock.SleepUntil(clock.MonotonicNow() + milliseconds(2), {});
  generator->Stop(Duration(0));
  LoadInterval load = generator->TakeInterval();
  EXPECT_EQ(load.in_flight, 0U);
  EXPECT_EQ(load.Total().scheduled, *options.limit);
  EXPECT_EQ(load.Total().Ended(), *options.limit);
  return load;
}

TEST(LoadGenerator, SendsEveryRequestOnceOverKeptConnections) {
  std::string seen;
  UnrulyServer server([&](const std::string& request) {
    seen = request;
    return Answer{};
  });
  const LoadInterval load = Play({At(server.url())}, Options(100));
  EXPECT_EQ(load.Total().answered, 100U);
  EXPECT_EQ(load.Total().statuses[200], 100U);
  EXPECT_EQ(load.Total().latency.count(), 100U);
  EXPECT_EQ(load.schedule_error.count(), 100U);
  EXPECT_EQ(load.Total().Failed(), 0U);
  EXPECT_EQ(seen, "GET /a?x=1 HTTP/1.1\r\nHost: 127.0.0.1:" + std::to_string(server.port()) +
                      "\r\nUser-Agent: loadcurve-replay\r\nAccept: */*\r\n\r\n");
  std::uint64_t counted = 0;
  load.counts.ForEach([&](const RequestCounts::Entry& entry) { counted += entry.cell.count; });
  EXPECT_EQ(counted, 100U);
}

TEST(LoadGenerator, LetsTargetsTakeTurns) {
  UnrulyServer one([](const std::string&) { return Answer{}; });
  UnrulyServer two([](const std::string&) { return Answer{}; });
  LoadOptions options = Options(100);
  options.threads = 2;
  const LoadInterval load = Play({At(one.url()), At(two.url())}, options);
  EXPECT_EQ(load.targets[0].answered, 50U);
  EXPECT_EQ(load.targets[1].answered, 50U);
}

TEST(LoadGenerator, CountsRefusals) {
  std::string url;
  {
    url = UnrulyServer([](const std::string&) { return Answer{}; }).url();
  }
  const LoadInterval load = Play({At(url)}, Options(20));
  EXPECT_EQ(load.Total().Of(Failure::kRefused), 20U);
  EXPECT_DOUBLE_EQ(load.Total().LateShare().value(), 1);
  EXPECT_TRUE(load.counts.IsEmpty()) << "what never reached a target holds nothing of it";
}

TEST(LoadGenerator, CountsResets) {
  UnrulyServer server([](const std::string&) { return Answer{"", After::kReset}; });
  EXPECT_EQ(Play({At(server.url())}, Options(20)).Total().Of(Failure::kReset), 20U);
}

TEST(LoadGenerator, CountsAnswersThatEndHalfWay) {
  UnrulyServer server([](const std::string&) {
    return Answer{"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello", After::kClose};
  });
  EXPECT_EQ(Play({At(server.url())}, Options(20)).Total().Of(Failure::kCutOff), 20U);
}

TEST(LoadGenerator, CountsWhatIsNoHttp) {
  UnrulyServer server([](const std::string&) { return Answer{"SSH-2.0-server\r\n\r\n"}; });
  EXPECT_EQ(Play({At(server.url())}, Options(20)).Total().Of(Failure::kMalformed), 20U);
}

TEST(LoadGenerator, GivesUpOnATargetThatHangsWithoutDelayingTheSchedule) {
  UnrulyServer server([](const std::string&) { return Answer{""}; });
  const LoadInterval load = Play({At(server.url())}, Options(50));
  EXPECT_EQ(load.Total().Of(Failure::kTimeout), 50U);
  EXPECT_EQ(load.Total().sent, 50U);
  EXPECT_GE(load.Total().latency.Quantile(0.01), milliseconds(300));
}

TEST(LoadGenerator, CountsATargetThatStallsHalfWayByWhatItStillAnswered) {
  std::atomic<int> requests{0};
  UnrulyServer server([&](const std::string&) { return ++requests > 10 ? Answer{""} : Answer{}; });
  const LoadCounts total = Play({At(server.url())}, Options(50)).Total();
  EXPECT_EQ(total.answered, 10U);
  EXPECT_EQ(total.Of(Failure::kTimeout), 40U);
  EXPECT_GE(total.late, 40U);
}

TEST(LoadGenerator, FollowsItsRateWhileItRuns) {
  // Nothing at rate 0; then requests come at the new rate.
  const SystemClock clock;
  UnrulyServer server([](const std::string&) { return Answer{}; });
  LoadOptions options = Options(20);
  options.rate = 0;
  auto generator = LoadGenerator::Start({At(server.url())}, One(), options, clock).value();
  clock.SleepUntil(clock.MonotonicNow() + milliseconds(50), {});
  LoadInterval load = generator->TakeInterval();
  EXPECT_EQ(load.Total().scheduled, 0U);
  ASSERT_TRUE(generator->SetRate(1000).has_value());
  const Duration give_up = clock.MonotonicNow() + seconds(10);
  while (!generator->HasEnded() && clock.MonotonicNow() < give_up)
    clock.SleepUntil(clock.MonotonicNow() + milliseconds(2), {});
  load.Append(generator->TakeInterval());
  EXPECT_EQ(load.Total().answered, 20U);
  EXPECT_EQ(load.rate, 1000);
}

TEST(LoadGenerator, ChargesAStallToAllWhoWaited) {
  // One connection, and none answers: the others wait for it until their own time-out.
  UnrulyServer server([](const std::string&) { return Answer{""}; });
  LoadOptions options = Options(10);
  options.max_connections = 1;
  const LoadCounts total = Play({At(server.url())}, options).Total();
  EXPECT_EQ(total.late, 10U);
  EXPECT_GE(total.Of(Failure::kTimeout), 1U);
  EXPECT_EQ(total.Of(Failure::kTimeout) + total.Of(Failure::kNoConnection), 10U);
}

TEST(LoadGenerator, OpensANewConnectionWhereTheServerCloses) {
  UnrulyServer server([](const std::string&) {
    return Answer{"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n", After::kClose};
  });
  EXPECT_EQ(Play({At(server.url())}, Options(20)).Total().statuses[204], 20U);
}

TEST(LoadGenerator, SendsAgainWhereAKeptConnectionHasJustGone) {
  // Every second request on it is reset, as by a server that had closed it meanwhile. The others
  // are the first of a connection, which there is but one of.
  std::atomic<int> requests{0};
  UnrulyServer server([&](const std::string&) {
    return ++requests % 2 == 0 ? Answer{"", After::kReset} : Answer{};
  });
  LoadOptions options = Options(20);
  options.rate = 100;
  options.max_connections = 1;
  const LoadCounts total = Play({At(server.url())}, options).Total();
  EXPECT_EQ(total.answered, 20U);
  EXPECT_GT(total.resent, 0U);
}

TEST(LoadGenerator, NeverSendsAgainWhatChangesSomething) {
  std::atomic<int> requests{0};
  UnrulyServer server([&](const std::string&) {
    return ++requests % 2 == 0 ? Answer{"", After::kReset} : Answer{};
  });
  LoadOptions options = Options(20);
  options.rate = 100;
  const LoadCounts total = Play({At(server.url())}, options, One("POST")).Total();
  EXPECT_EQ(requests, 20);
  EXPECT_EQ(total.resent, 0U);
  EXPECT_EQ(total.Of(Failure::kReset), 10U);
}

TEST(LoadGenerator, ReadsChunksInterimAnswersAndHeads) {
  UnrulyServer server([](const std::string& request) {
    if (request.starts_with("HEAD")) return Answer{"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n"};
    return Answer{
        "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 503 Busy\r\nTransfer-Encoding: chunked"
        "\r\n\r\n5\r\nhello\r\n0\r\n\r\n"};
  });
  const LoadCounts total = Play({At(server.url())}, Options(10)).Total();
  EXPECT_EQ(total.statuses[503], 10U);
  EXPECT_EQ(total.ServerErrors(), 10U);
  EXPECT_EQ(Play({At(server.url())}, Options(10), One("HEAD")).Total().statuses[200], 10U);
}

TEST(LoadGenerator, FindsATargetThatComesBack) {
  const SystemClock clock;
  auto server = std::make_unique<UnrulyServer>([](const std::string&) { return Answer{}; });
  const std::uint16_t port = server->port();
  const Target target = At(server->url());
  LoadOptions options = Options(0);
  options.limit = {};
  auto generator = LoadGenerator::Start({target}, One(), options, clock).value();
  LoadInterval load = generator->TakeInterval();
  const auto await = [&](auto is_there) {
    const Duration give_up = clock.MonotonicNow() + seconds(10);
    do {
      clock.SleepUntil(clock.MonotonicNow() + milliseconds(5), {});
      load = generator->TakeInterval();
    } while (!is_there(load.Total()) && clock.MonotonicNow() < give_up);
    return is_there(load.Total());
  };
  EXPECT_TRUE(await([](const LoadCounts& counts) { return counts.answered > 0; }));
  server.reset();
  EXPECT_TRUE(await([](const LoadCounts& counts) { return counts.Of(Failure::kRefused) > 0; }));
  server = std::make_unique<UnrulyServer>([](const std::string&) { return Answer{}; }, port);
  ASSERT_TRUE(server->is_listening());
  EXPECT_TRUE(await([](const LoadCounts& counts) { return counts.answered > 0; }));
}

TEST(LoadGenerator, CountsAsUnfinishedWhatIsUnderWayAtTheStop) {
  const SystemClock clock;
  UnrulyServer server([](const std::string&) { return Answer{""}; });
  LoadOptions options = Options(10);
  options.timeout = seconds(60);
  auto generator = LoadGenerator::Start({At(server.url())}, One(), options, clock).value();
  LoadInterval load = generator->TakeInterval();
  while (load.Total().scheduled < 10) load.Append(generator->TakeInterval());
  generator->Stop(Duration(0));
  load.Append(generator->TakeInterval());
  EXPECT_EQ(load.Total().Of(Failure::kUnfinished), 10U);
  EXPECT_EQ(load.in_flight, 0U);
  EXPECT_EQ(load.Total().late, 0U) << "the stop is ours, not the target's fault";
}

TEST(LoadGenerator, HoldsItsCeiling) {
  const SystemClock clock;
  UnrulyServer server([](const std::string&) { return Answer{}; });
  LoadOptions options = Options(1);
  options.max_rate = 500;
  EXPECT_EQ(LoadGenerator::Start({At(server.url())}, One(), options, clock).error().code,
            ErrorCode::kInvalidArgument);
  options.rate = 500;
  auto generator = LoadGenerator::Start({At(server.url())}, One(), options, clock).value();
  EXPECT_FALSE(generator->SetRate(501).has_value());
  EXPECT_TRUE(generator->SetRate(10).has_value());
  EXPECT_FALSE(generator->SetMix({1, 1}).has_value());
}

TEST(Target, IsPrivateUnlessItIsOwned) {
  EXPECT_TRUE(IsPrivateAddress("127.0.0.1"));
  EXPECT_TRUE(IsPrivateAddress("10.1.2.3"));
  EXPECT_TRUE(IsPrivateAddress("172.31.0.1"));
  EXPECT_TRUE(IsPrivateAddress("fd00::1"));
  EXPECT_TRUE(IsPrivateAddress("::1"));
  EXPECT_FALSE(IsPrivateAddress("172.32.0.1"));
  EXPECT_FALSE(IsPrivateAddress("169.254.169.254"));
  EXPECT_FALSE(IsPrivateAddress("8.8.8.8"));
  EXPECT_FALSE(IsPrivateAddress("::ffff:8.8.8.8"));
  EXPECT_FALSE(ParseTarget("http://8.8.8.8", false).has_value());
  EXPECT_TRUE(ParseTarget("http://8.8.8.8", true).has_value());
  EXPECT_FALSE(ParseTarget("http://127.0.0.1/path", false).has_value());
  EXPECT_FALSE(ParseTarget("ftp://127.0.0.1", false).has_value());
  EXPECT_EQ(At("http://[::1]:81/").port, 81);
}

}  // namespace
}  // namespace loadcurve::replay
