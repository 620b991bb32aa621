#include "adapters/http/curl_transport.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "adapters/http/http_server.h"
#include "adapters/http/serving_keys.h"
#include "tests/support/echo_handler.h"
#include "tests/support/scratch_folder.h"
#include "tests/support/scripted_peer.h"
#include "tests/support/test_certificates.h"

namespace loadcurve::http {
namespace {

using std::chrono::seconds;
using ::testing::HasSubstr;
using ::testing::Not;

// Certificates that are good today, whenever that is: libcurl asks the machine.
const Validity kToday{SystemClock().Now() - std::chrono::hours(1), std::chrono::days(2)};

class CurlTransportTest : public ::testing::Test {
 protected:
  CurlTransportTest() {
    server_ = HttpServer::Start({}, ServerLeaf(authority_), handler_, clock_).value();
  }

  static CertificatePair ServerLeaf(const CertificatePair& authority) {
    return IssueLeaf(authority, {.common_name = "server", .addresses = {"127.0.0.1"}}, kToday)
        .value();
  }

  CurlOptions Trusting() const { return {.ca_pem = authority_.certificate_pem}; }
  std::string Url(std::string_view path) const {
    return "https://127.0.0.1:" + std::to_string(server_->port()) + std::string(path);
  }
  std::string BodyOf(CurlTransport& transport, const HttpRequest& request) {
    const auto response = transport.Send(request, seconds(30));
    return response ? response->body : response.error().message;
  }

  SystemClock clock_;
  CertificatePair authority_ = MakeAuthority("ca", kToday).value();
  EchoHandler handler_;
  std::unique_ptr<HttpServer> server_;
  ScratchFolder folder_;
};

TEST_F(CurlTransportTest, SendsMethodHeadersAndBody) {
  CurlTransport transport(Trusting(), clock_);
  const auto response = transport.Send({.method = "PATCH",
                                        .url = Url("/a?b=c"),
                                        .headers = {{"X-One", "1"}, {"X-None", ""}},
                                        .body = "{}"},
                                       seconds(30));
  ASSERT_TRUE(response) << response.error().message;
  EXPECT_EQ(response->status, 200);
  EXPECT_EQ(HeaderOf(response->headers, "content-type"), "text/plain");
  EXPECT_THAT(response->body, HasSubstr("PATCH\n/a?b=c\nbody {}\n"));
  EXPECT_THAT(response->body, HasSubstr("X-One: 1\n"));
  EXPECT_THAT(response->body, HasSubstr("X-None: \n"));
  EXPECT_THAT(response->body, HasSubstr("User-Agent: loadcurve\n"));
  EXPECT_THAT(response->body, Not(HasSubstr("Content-Type")));
}

TEST_F(CurlTransportTest, SendsEveryMethodAsItIs) {
  CurlTransport transport(Trusting(), clock_);
  for (const char* method : {"GET", "POST", "PUT", "DELETE"})
    EXPECT_THAT(BodyOf(transport, {.method = method, .url = Url("/")}),
                ::testing::StartsWith(std::string(method) + "\n"));
  const auto head = transport.Send({.method = "HEAD", .url = Url("/")}, seconds(30));
  ASSERT_TRUE(head);
  EXPECT_EQ(head->body, "");
}

TEST_F(CurlTransportTest, KeepsItsConnection) {
  CurlTransport transport(Trusting(), clock_);
  for (int i = 0; i < 5; ++i)
    EXPECT_THAT(BodyOf(transport, {.url = Url("/")}),
                HasSubstr("before " + std::to_string(i) + "\n"));
  EXPECT_EQ(server_->counts().accepted, 1U);
}

TEST_F(CurlTransportTest, MayBeUsedFromManyThreads) {
  CurlTransport transport(Trusting(), clock_);
  std::atomic<int> answered{0};
  std::vector<std::jthread> threads;
  for (int i = 0; i < 6; ++i)
    threads.emplace_back([&] {
      for (int request = 0; request < 20; ++request)
        answered += transport.Send({.url = Url("/")}, seconds(30)).has_value() ? 1 : 0;
    });
  threads.clear();
  EXPECT_EQ(answered, 120);
  EXPECT_LE(server_->counts().accepted, 6U);
}

TEST_F(CurlTransportTest, TrustsNobodyElse) {
  CurlTransport other({.ca_pem = MakeAuthority("other", kToday)->certificate_pem}, clock_);
  const auto refused = other.Send({.url = Url("/")}, seconds(30));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kPermissionDenied);
  CurlTransport systems({}, clock_);
  EXPECT_EQ(systems.Send({.url = Url("/")}, seconds(30)).error().code,
            ErrorCode::kPermissionDenied);
}

TEST_F(CurlTransportTest, TrustsNoOtherName) {
  ASSERT_TRUE(server_->UseCertificate(
      IssueLeaf(authority_, {.common_name = "x", .dns_names = {"elsewhere"}}, kToday).value()));
  CurlTransport transport(Trusting(), clock_);
  EXPECT_EQ(transport.Send({.url = Url("/")}, seconds(30)).error().code,
            ErrorCode::kPermissionDenied);
}

TEST_F(CurlTransportTest, FollowsARotationOfTheServersAuthority) {
  ServingKeys keys = {.authority = authority_, .leaf = ServerLeaf(authority_)};
  keys.next_authority = MakeAuthority("next", kToday).value();
  const std::string file = folder_.Write("ca.crt", CaBundle(keys));
  CurlTransport transport({.ca_file = file}, clock_);
  EXPECT_THAT(BodyOf(transport, {.url = Url("/")}), HasSubstr("before 0"));
  ASSERT_TRUE(server_->UseCertificate(ServerLeaf(*keys.next_authority)));
  EXPECT_THAT(BodyOf(transport, {.url = Url("/"), .headers = {{"Connection", "close"}}}),
              HasSubstr("before 1"));
  EXPECT_THAT(BodyOf(transport, {.url = Url("/")}), HasSubstr("before 0"));
}

TEST_F(CurlTransportTest, ReadsTheAuthoritiesAgainForANewConnection) {
  const std::string file = folder_.Write("ca.crt", MakeAuthority("old", kToday)->certificate_pem);
  CurlTransport transport({.ca_file = file}, clock_);
  EXPECT_FALSE(transport.Send({.url = Url("/")}, seconds(30)));
  folder_.Write("ca.crt", authority_.certificate_pem);
  EXPECT_TRUE(transport.Send({.url = Url("/")}, seconds(30)));
}

TEST_F(CurlTransportTest, ShowsItsCertificateAndItsSuccessor) {
  const auto client = [&](const std::string& name) {
    return IssueLeaf(authority_, {.common_name = name, .use = CertificateUse::kClient}, kToday)
        .value();
  };
  CurlOptions options = Trusting();
  const auto write = [&](const CertificatePair& pair) {
    options.certificate_file = folder_.Write("tls.crt", pair.certificate_pem);
    options.key_file = folder_.Write("tls.key", pair.key_pem);
  };
  write(client("first"));
  CurlTransport transport(options, clock_);
  EXPECT_THAT(BodyOf(transport, {.url = Url("/"), .headers = {{"Connection", "close"}}}),
              HasSubstr("peer first\n"));
  write(client("second"));
  EXPECT_THAT(BodyOf(transport, {.url = Url("/")}), HasSubstr("peer second\n"));
}

TEST_F(CurlTransportTest, ReadsTheTokenForEachRequest) {
  CurlOptions options = Trusting();
  options.token_file = folder_.Write("token", "one\n");
  CurlTransport transport(options, clock_);
  EXPECT_THAT(BodyOf(transport, {.url = Url("/")}), HasSubstr("Authorization: Bearer one\n"));
  folder_.Write("token", "two");
  EXPECT_THAT(BodyOf(transport, {.url = Url("/")}), HasSubstr("Authorization: Bearer two\n"));
  folder_.Write("token", " \n");
  EXPECT_EQ(transport.Send({.url = Url("/")}, seconds(30)).error().code,
            ErrorCode::kPermissionDenied);
}

TEST_F(CurlTransportTest, SendsNoTokenInTheClear) {
  CurlTransport transport({.token_file = folder_.Write("token", "secret")}, clock_);
  const auto refused = transport.Send({.url = "http://192.0.2.1/"}, seconds(30));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kInvalidArgument);
  EXPECT_THAT(refused.error().message, HasSubstr("in the clear"));
}

TEST_F(CurlTransportTest, UsesNoProxyForThisMachine) {
  setenv("https_proxy", "http://127.0.0.1:1", 1);
  setenv("http_proxy", "http://127.0.0.1:1", 1);
  CurlTransport transport(Trusting(), clock_);
  EXPECT_TRUE(transport.Send({.url = Url("/")}, seconds(30)));
  const auto elsewhere = transport.Send({.url = "http://192.0.2.1/"}, seconds(30));
  unsetenv("https_proxy");
  unsetenv("http_proxy");
  ASSERT_FALSE(elsewhere);
  EXPECT_THAT(elsewhere.error().message, HasSubstr("127.0.0.1"));  // the proxy, which is none
}

TEST_F(CurlTransportTest, SaysWhatIsNoUrl) {
  CurlTransport transport({}, clock_);
  for (const char* url : {"", "hello", "file:///etc/passwd", "ftp://127.0.0.1/"})
    EXPECT_EQ(transport.Send({.url = url}, seconds(1)).error().code, ErrorCode::kInvalidArgument)
        << url;
}

TEST_F(CurlTransportTest, SaysThatNobodyIsThere) {
  const std::string url = Url("/");
  server_.reset();
  CurlTransport transport(Trusting(), clock_);
  EXPECT_EQ(transport.Send({.url = url}, seconds(30)).error().code, ErrorCode::kUnavailable);
}

TEST_F(CurlTransportTest, GivesUpAtTheDeadline) {
  const ScriptedPeer peer(
      {{"", true}, {"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf", true}});
  CurlTransport transport({}, clock_);
  for (int i = 0; i < 2; ++i) {
    const auto late = transport.Send({.url = peer.Url()}, std::chrono::milliseconds(20));
    ASSERT_FALSE(late);
    EXPECT_EQ(late.error().code, ErrorCode::kDeadlineExceeded);
    EXPECT_THAT(late.error().message, HasSubstr("20 ms"));
  }
}

TEST_F(CurlTransportTest, TakesHalfABodyForNone) {
  const ScriptedPeer peer({{"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf"}});
  CurlTransport transport({}, clock_);
  EXPECT_EQ(transport.Send({.url = peer.Url()}, seconds(30)).error().code, ErrorCode::kUnavailable);
}

TEST_F(CurlTransportTest, FollowsNoRedirect) {
  const ScriptedPeer peer(
      {{"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n"}});
  CurlTransport transport({}, clock_);
  const auto answer = transport.Send({.url = peer.Url()}, seconds(30));
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->status, 302);
}

TEST_F(CurlTransportTest, TakesNoMoreThanItWasTold) {
  CurlOptions options = Trusting();
  options.max_body_bytes = 1000;
  CurlTransport transport(options, clock_);
  const auto large = transport.Send({.url = Url("/large")}, seconds(30));
  ASSERT_FALSE(large);
  EXPECT_THAT(large.error().message, HasSubstr("more than 1000 bytes"));
}

std::string Chunk(std::string_view text) {
  std::array<char, 16> size{};
  std::snprintf(size.data(), size.size(), "%zx", text.size());
  return std::string(size.data()) + "\r\n" + std::string(text) + "\r\n";
}
const std::string kStreamHead = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";

TEST_F(CurlTransportTest, StreamsPartsUntilTheEnd) {
  const ScriptedPeer peer({{kStreamHead + Chunk("one\n") + Chunk("two\n") + "0\r\n\r\n"}});
  CurlTransport transport({}, clock_);
  std::string got;
  const auto ended =
      transport.Stream({.url = peer.Url()}, seconds(30), {}, [&](std::string_view part) {
        got += part;
        return true;
      });
  ASSERT_TRUE(ended) << ended.error().message;
  EXPECT_EQ(ended->status, 200);
  EXPECT_EQ(ended->body, "");
  EXPECT_EQ(got, "one\ntwo\n");
}

TEST_F(CurlTransportTest, EndsAStreamThatIsNoLongerWanted) {
  const ScriptedPeer peer({{kStreamHead + Chunk("one\n"), true}});
  CurlTransport transport({}, clock_);
  const auto ended = transport.Stream({.url = peer.Url()}, seconds(30), {},
                                      [](std::string_view) { return false; });
  ASSERT_TRUE(ended);
  EXPECT_EQ(ended->status, 200);
}

TEST_F(CurlTransportTest, EndsAStreamThatFallsSilent) {
  const ScriptedPeer peer({{kStreamHead + Chunk("one\n"), true}});
  CurlTransport transport({}, clock_);
  std::string got;
  const auto ended = transport.Stream({.url = peer.Url()}, std::chrono::milliseconds(20), {},
                                      [&](std::string_view part) {
                                        got += part;
                                        return true;
                                      });
  ASSERT_FALSE(ended);
  EXPECT_EQ(ended.error().code, ErrorCode::kDeadlineExceeded);
  EXPECT_EQ(got, "one\n");
}

TEST_F(CurlTransportTest, EndsAStreamWhenAskedTo) {
  const ScriptedPeer peer({{kStreamHead + Chunk("one\n"), true}});
  CurlTransport transport({}, clock_);
  std::stop_source stop;
  std::jthread stopper;
  const auto ended = transport.Stream({.url = peer.Url()}, std::chrono::hours(1), stop.get_token(),
                                      [&](std::string_view) {
                                        stopper = std::jthread([&] { stop.request_stop(); });
                                        return true;
                                      });
  ASSERT_FALSE(ended);
  EXPECT_EQ(ended.error().code, ErrorCode::kCancelled);
}

TEST_F(CurlTransportTest, SaysThatAStreamWasCutOff) {
  const ScriptedPeer peer({{kStreamHead + Chunk("one\n")}});
  CurlTransport transport({}, clock_);
  const auto ended =
      transport.Stream({.url = peer.Url()}, seconds(30), {}, [](std::string_view) { return true; });
  ASSERT_FALSE(ended);
  EXPECT_EQ(ended.error().code, ErrorCode::kUnavailable);
}

TEST_F(CurlTransportTest, KeepsTheBodyOfAStreamThatWasRefused) {
  const ScriptedPeer peer({{"HTTP/1.1 410 Gone\r\nContent-Length: 7\r\n\r\ntoo old"}});
  CurlTransport transport({}, clock_);
  const auto refused = transport.Stream({.url = peer.Url()}, seconds(30), {}, [](std::string_view) {
    ADD_FAILURE() << "no part of a stream";
    return true;
  });
  ASSERT_TRUE(refused);
  EXPECT_EQ(refused->status, 410);
  EXPECT_EQ(refused->body, "too old");
}

TEST_F(CurlTransportTest, IsAsGoodAsNewAfterEachFailure) {
  const ScriptedPeer peer({{"", true}, {"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"}});
  CurlTransport transport({}, clock_);
  EXPECT_FALSE(transport.Send(
      {.method = "POST", .url = peer.Url(), .headers = {{"X-Old", "1"}}, .body = "old"},
      std::chrono::milliseconds(20)));
  EXPECT_EQ(BodyOf(transport, {.url = peer.Url()}), "ok");
  EXPECT_THAT(peer.requests().at(1), ::testing::StartsWith("GET / HTTP/1.1\r\n"));
  EXPECT_THAT(peer.requests().at(1), Not(HasSubstr("X-Old")));
}

}  // namespace
}  // namespace loadcurve::http
