// The mock over real sockets of this machine.

#include "adapters/mock/mock_server.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

#include "adapters/http/curl_transport.h"
#include "adapters/mock/plan_reader.h"
#include "adapters/replay/load_generator.h"
#include "tests/adapters/mock/raw_client.h"
#include "tests/adapters/replay/http2_frames.h"
#include "tests/support/scratch_folder.h"
#include "tests/support/test_certificates.h"

namespace loadcurve::mock {
namespace {

using std::chrono::milliseconds;
using testing::EndsWith;
using testing::HasSubstr;
using testing::StartsWith;

std::shared_ptr<const MockPlan> Plan(const std::string& text) {
  auto plan = ParsePlan(text, "plan.yaml");
  EXPECT_TRUE(plan) << plan.error().message;
  return std::make_shared<const MockPlan>(*std::move(plan));
}

// A mock that answers until it is stopped.
class Running {
 public:
  explicit Running(const std::string& plan, MockOptions options = {}, std::string reloaded = "")
      : server_(MockServer::Listen(options, Plan(plan), clock_).value()),
        thread_([this, text = std::move(reloaded)](const std::stop_token& stop) {
          outcome_ = server_->RunUntil(
              stop,
              [text]() -> Result<std::shared_ptr<const MockPlan>> {
                LC_TRY(MockPlan parsed, ParsePlan(text, "new.yaml"));
                return std::make_shared<const MockPlan>(std::move(parsed));
              },
              [](const Result<void>&) {});
        }) {}

  std::uint16_t port() const { return server_->listens_on().port; }
  std::uint16_t control_port() const { return server_->controlled_on()->port; }

  // Ends it, and gives what it counted.
  const AnswerTally& Stop() {
    thread_.request_stop();
    thread_.join();
    EXPECT_TRUE(outcome_);
    return server_->tally();
  }
  const MockServer& server() const { return *server_; }

 private:
  SystemClock clock_;
  std::unique_ptr<MockServer> server_;
  Result<void> outcome_;
  std::jthread thread_;
};

TEST(MockServer, AnswersOverOneConnectionAsThePlanSays) {
  Running mock(
      "routes:\n"
      "  - {route: GET /a, status: 201, headers: {X-Mock: 'yes'}, body: hello}\n"
      "  - {route: GET /none, status: 204}\n");
  RawClient client(mock.port());
  EXPECT_EQ(client.Get("/a"),
            "HTTP/1.1 201 Created\r\nX-Mock: yes\r\nContent-Length: 5\r\n\r\nhello");
  EXPECT_EQ(client.Get("/none"), "HTTP/1.1 204 No Content\r\n\r\n");
  client.Send("HEAD /a HTTP/1.1\r\nHost: a\r\n\r\n");
  client.Send("GET /else HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
  EXPECT_THAT(client.ReadToEnd(),
              testing::AllOf(StartsWith("HTTP/1.1 404 Not Found"), HasSubstr("Connection: close"),
                             EndsWith("no such route in the mock's plan\n")))
      << "HEAD is not a GET here";
}

// What a client of HTTP/2 says: the preface, GETs of these paths as streams 1, 3, ..., and that it
// asks no more.
std::string AskOverHttp2(const std::vector<std::string>& paths) {
  std::string bytes = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + replay::Settings();
  std::uint32_t stream = 1;
  for (const std::string& path : paths) {
    // GET, http, and the path and the authority as they stand (RFC 7541, appendix A).
    const std::string fields =
        "\x82\x86\x04" + std::string(1, static_cast<char>(path.size())) + path + "\x01\x01" + "a";
    bytes += replay::HeadersFrame(stream, fields, true);
    stream += 2;
  }
  return bytes + replay::GoAway(0);
}

// "3: :status: 200", "3: hello", "5: reset" and so on, by stream.
std::vector<std::string> HeardOverHttp2(std::string bytes) {
  std::vector<std::string> heard;
  replay::FieldReader reader;
  for (const replay::Frame& frame : replay::TakeFrames(bytes)) {
    const std::string stream = std::to_string(frame.stream) + ": ";
    if (frame.type == NGHTTP2_HEADERS)
      for (const std::string& field : reader.Read(frame.payload)) heard.push_back(stream + field);
    if (frame.type == NGHTTP2_DATA) heard.push_back(stream + frame.payload);
    if (frame.type == NGHTTP2_RST_STREAM) heard.push_back(stream + "reset");
  }
  return heard;
}

TEST(MockServer, AnswersOverHttp2EachWhenItIsDue) {
  Running mock(
      "routes:\n"
      "  - {route: GET /slow, latency: 100ms, body: later}\n"
      "  - {route: GET /a, status: 201, headers: {X-Mock: 'yes'}, body: "
      "hello}\n");
  RawClient client(mock.port());
  client.Send(AskOverHttp2({"/slow", "/a", "/none"}));
  EXPECT_THAT(HeardOverHttp2(client.ReadToEnd()),
              testing::ElementsAre("3: :status: 201", "3: x-mock: yes", "3: content-length: 5",
                                   "5: :status: 404", "5: content-length: 33", "3: hello",
                                   "5: no such route in the mock's plan\n", "1: :status: 200",
                                   "1: content-length: 5", "1: later"));
  const RouteTally total = Total(mock.Stop());
  EXPECT_EQ(total.requests, 3U);
  EXPECT_EQ(total.statuses.at(200), 1U);
  EXPECT_EQ(total.left, 0U);
}

TEST(MockServer, BreaksOffStreamsWhereAPlanResetsOrCuts) {
  Running mock(
      "routes:\n"
      "  - {route: GET /reset, name: reset}\n"
      "  - {route: GET /cut, name: cut, body: '0123456789'}\n"
      "  - {route: GET /a, body: hello}\n"
      "faults:\n"
      "  - {name: one, kind: reset, routes: [reset]}\n"
      "  - {name: two, kind: cut, routes: [cut]}\n");
  RawClient client(mock.port());
  client.Send(AskOverHttp2({"/reset", "/cut", "/a"}));
  EXPECT_THAT(HeardOverHttp2(client.ReadToEnd()),
              testing::AllOf(testing::Contains("1: reset"), testing::Contains("3: 01234"),
                             testing::Contains("3: reset"), testing::Contains("5: hello")));
}

TEST(MockServer, AgreesOnHttp2OverTls) {
  const http::CertificatePair authority = TestAuthority("mock");
  MockOptions options;
  options.identity = TestServer(authority);
  Running mock("routes:\n  - {route: GET /a, size: 300000}\n", options);
  const auto target =
      replay::ParseTarget("https://127.0.0.1:" + std::to_string(mock.port()), false).value();
  ScratchFolder folder;
  replay::LoadOptions load;
  load.rate = 200;
  load.limit = 20;
  load.http = replay::HttpVersion::kNegotiated;
  load.authorities_file = folder.Write("ca.pem", authority.certificate_pem);
  replay::RequestSet set;
  set.routes = {"GET /a"};
  set.requests = {{.method = "GET", .path = "/a"}};
  set.arrivals = {{Duration(0), 0}};
  const SystemClock clock;
  auto generator = replay::LoadGenerator::Start(
                       {target}, std::make_shared<const replay::RequestSet>(set), load, clock)
                       .value();
  while (!generator->HasEnded()) clock.SleepUntil(clock.MonotonicNow() + milliseconds(2), {});
  EXPECT_EQ(generator->TakeInterval().Total().answered_http2, 20U);
  EXPECT_EQ(Total(mock.Stop()).body_bytes, 20U * 300'000U);
}

TEST(MockServer, LeavesAClientThatSaysNothing) {
  // Before a request, within one, and behind an answer; but not while the answer is ours to give.
  MockOptions options;
  options.idle_limit = milliseconds(100);
  Running mock("routes:\n  - {route: GET /a, latency: 300ms, body: hello}\n", options);
  RawClient silent(mock.port());
  RawClient half(mock.port());
  half.Send("GET /a HTT");
  RawClient client(mock.port());
  EXPECT_THAT(client.Get("/a"), EndsWith("hello"));
  EXPECT_EQ(silent.ReadToEnd(), "");
  EXPECT_EQ(half.ReadToEnd(), "");
  EXPECT_EQ(client.ReadToEnd(), "");
}

TEST(MockServer, SendsNoBodyToHead) {
  Running mock("routes: [{route: '* /a', size: 100}]");
  RawClient client(mock.port());
  client.Send("HEAD /a HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
  EXPECT_EQ(client.ReadToEnd(),
            "HTTP/1.1 200 OK\r\nContent-Length: 100\r\nConnection: close\r\n\r\n");
}

TEST(MockServer, SendsBodiesOfAnySize) {
  Running mock("routes: [{route: GET /a, size: 3000000}]");
  RawClient client(mock.port());
  const std::string answer = client.Get("/a");
  EXPECT_EQ(answer.size() - answer.find("\r\n\r\n") - 4, 3'000'000U);
  EXPECT_EQ(mock.Stop().at("GET /a").body_bytes, 3'000'000U);
}

TEST(MockServer, DropsTheBodiesOfRequests) {
  Running mock("routes: [{route: POST /a, body: ok}]");
  RawClient client(mock.port());
  client.Send("POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 300000\r\n\r\n" +
              std::string(300'000, 'x'));
  EXPECT_THAT(client.ReadAnswer(), EndsWith("\r\n\r\nok"));
  client.Send(
      "POST /a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n"
      "Expect: 100-continue\r\n\r\n");
  EXPECT_EQ(client.ReadAnswer(), "HTTP/1.1 100 Continue\r\n\r\n");
  client.Send("3\r\nabc\r\n0\r\n\r\n");
  EXPECT_THAT(client.ReadAnswer(), EndsWith("\r\n\r\nok"));
}

TEST(MockServer, AnswersNoSoonerThanThePlanSays) {
  const SystemClock clock;
  Running mock("routes: [{route: GET /a, latency: 30ms}]");
  RawClient client(mock.port());
  const Duration began = clock.MonotonicNow();
  client.Get("/a");
  EXPECT_GE(clock.MonotonicNow() - began, milliseconds(30));
  const RouteTally tally = mock.Stop().at("GET /a");
  EXPECT_EQ(tally.requests, 1U);
  EXPECT_EQ(tally.wished.max(), milliseconds(30));
  EXPECT_GE(tally.given.max(), milliseconds(30));
  EXPECT_EQ(tally.error.max(), tally.given.max() - milliseconds(30));
}

TEST(MockServer, ResetsCutsAndHangsUp) {
  Running mock(
      "routes: [{route: GET /reset}, {route: GET /cut, size: 100}, {route: GET /hang}]\n"
      "faults:\n"
      "  - {name: a, kind: reset, routes: [GET /reset]}\n"
      "  - {name: b, kind: cut, routes: [GET /cut]}\n"
      "  - {name: c, kind: hang, hang: 20ms, routes: [GET /hang]}\n");
  RawClient reset(mock.port());
  EXPECT_EQ(reset.Get("/reset"), "");
  EXPECT_TRUE(reset.was_reset());
  RawClient cut(mock.port());
  const std::string half = cut.Get("/cut");
  EXPECT_THAT(half, HasSubstr("Content-Length: 100\r\n"));
  EXPECT_EQ(half.size() - half.find("\r\n\r\n") - 4, 50U);
  RawClient hang(mock.port());
  EXPECT_EQ(hang.Get("/hang"), "");
  EXPECT_FALSE(hang.was_reset());
  const AnswerTally& tally = mock.Stop();
  EXPECT_EQ(tally.at("GET /reset").outcomes[static_cast<std::size_t>(Outcome::kReset)], 1U);
  EXPECT_EQ(tally.at("GET /cut").outcomes[static_cast<std::size_t>(Outcome::kCut)], 1U);
  EXPECT_EQ(tally.at("GET /hang").outcomes[static_cast<std::size_t>(Outcome::kHang)], 1U);
}

TEST(MockServer, HangsUpOnWhatIsNoHttp) {
  Running mock("routes: [{route: GET /a}]");
  RawClient client(mock.port());
  client.Send("SSH-2.0-client\r\n\r\n");
  EXPECT_EQ(client.ReadToEnd(), "");
  EXPECT_TRUE(mock.Stop().empty());
}

TEST(MockServer, ClosesConnectionsBeyondTheMost) {
  MockOptions options;
  options.max_connections = 1;
  Running mock("routes: [{route: GET /a, body: ok}]", options);
  RawClient first(mock.port());
  EXPECT_THAT(first.Get("/a"), EndsWith("ok"));
  RawClient second(mock.port());
  EXPECT_EQ(second.Get("/a"), "");
  EXPECT_THAT(first.Get("/a"), EndsWith("ok"));
  mock.Stop();
  EXPECT_EQ(mock.server().refused_connections(), 1U);
  EXPECT_EQ(mock.server().most_connections(), 1U);
}

TEST(MockServer, SwitchesFaultsAndReadsThePlanAgainWhileItRuns) {
  MockOptions options;
  options.control = Endpoint{};
  Running mock("routes: [{route: GET /a}]\nfaults: [{name: out age, kind: status, on: false}]",
               options, "routes: [{route: GET /a, status: 202}]");
  const auto control = [&](const std::string& request) {
    RawClient client(mock.control_port());
    client.Send(request + " HTTP/1.1\r\nHost: a\r\n\r\n");
    return client.ReadToEnd();
  };
  RawClient client(mock.port());
  EXPECT_THAT(client.Get("/a"), StartsWith("HTTP/1.1 200"));
  EXPECT_THAT(control("POST /faults/out%20age/on"), HasSubstr(R"("on": true)"));
  EXPECT_THAT(client.Get("/a"), StartsWith("HTTP/1.1 503"));
  EXPECT_THAT(control("GET /"), HasSubstr(R"("hits": 1)"));
  EXPECT_THAT(control("POST /faults/out%20age/off"), HasSubstr(R"("on": false)"));
  EXPECT_THAT(client.Get("/a"), StartsWith("HTTP/1.1 200"));
  EXPECT_THAT(control("POST /faults/storm/on"), StartsWith("HTTP/1.1 404"));
  EXPECT_THAT(control("GET /reload"), StartsWith("HTTP/1.1 405"));
  EXPECT_THAT(control("POST /reload"), StartsWith("HTTP/1.1 200"));
  EXPECT_THAT(client.Get("/a"), StartsWith("HTTP/1.1 202"));
}

TEST(MockServer, KeepsItsPlanWhereTheNewOneIsBroken) {
  MockOptions options;
  options.control = Endpoint{};
  Running mock("routes: [{route: GET /a}]", options, "routes: [{route: a}]");
  RawClient control(mock.control_port());
  control.Send("POST /reload HTTP/1.1\r\nHost: a\r\n\r\n");
  EXPECT_THAT(control.ReadToEnd(), testing::AllOf(StartsWith("HTTP/1.1 422"),
                                                  HasSubstr("new.yaml:1: routes[0].route is 'a'")));
  RawClient client(mock.port());
  EXPECT_THAT(client.Get("/a"), StartsWith("HTTP/1.1 200"));
}

TEST(MockServer, AnswersOverTls) {
  const http::CertificatePair authority = TestAuthority("tests");
  MockOptions options;
  options.identity = TestServer(authority);
  Running mock("routes: [{route: GET /a, latency: 1ms, body: sealed}]", options);
  const SystemClock clock;
  http::CurlTransport transport({.ca_pem = authority.certificate_pem}, clock);
  for (int i = 0; i < 3; ++i) {
    const auto answer =
        transport.Send({.url = "https://127.0.0.1:" + std::to_string(mock.port()) + "/a"},
                       std::chrono::seconds(10));
    ASSERT_TRUE(answer) << answer.error().message;
    EXPECT_EQ(answer->body, "sealed");
  }
  mock.Stop();
  EXPECT_EQ(mock.server().most_connections(), 1U) << "kept alive";
}

TEST(MockServer, RefusesACertificateOfNoUse) {
  const SystemClock clock;
  const auto server = MockServer::Listen({.identity = http::CertificatePair{"no", "pem"}},
                                         Plan("routes: []"), clock);
  ASSERT_FALSE(server);
  EXPECT_EQ(server.error().code, ErrorCode::kInvalidArgument);
}

TEST(MockServer, RefusesAnAddressThatIsTaken) {
  const SystemClock clock;
  Running mock("routes: [{route: GET /a}]");
  const auto second =
      MockServer::Listen({.listen = {"127.0.0.1", mock.port()}}, Plan("routes: []"), clock);
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, ErrorCode::kUnavailable);
  EXPECT_THAT(second.error().message,
              HasSubstr("cannot listen on 127.0.0.1:" + std::to_string(mock.port())));
}

TEST(Endpoint, ReadsAddressesAndPorts) {
  EXPECT_EQ(Endpoint::Parse("--listen", "127.0.0.1:80")->Text(), "127.0.0.1:80");
  EXPECT_EQ(Endpoint::Parse("--listen", "[::1]:0")->Text(), "[::1]:0");
  EXPECT_EQ(Endpoint::Parse("--listen", "localhost:80")->Text(), "127.0.0.1:80");
  for (const char* wrong :
       {"", "80", "127.0.0.1", "127.0.0.1:", "127.0.0.1:x", "a:80", "127.0.0.1:65536"})
    EXPECT_FALSE(Endpoint::Parse("--listen", wrong)) << wrong;
  EXPECT_EQ(Endpoint::Parse("--listen", "shop:80").error().message,
            "--listen is 'shop:80'; expected ADDRESS:PORT, as 127.0.0.1:8080; port 0 is any");
}

}  // namespace
}  // namespace loadcurve::mock
