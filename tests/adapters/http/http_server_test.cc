#include "adapters/http/http_server.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

#include "tests/support/echo_handler.h"
#include "tests/support/simulated_clock.h"
#include "tests/support/test_certificates.h"
#include "tests/support/tls_client.h"

namespace loadcurve::http {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

class HttpServerTest : public ::testing::Test {
 protected:
  HttpServer& Start(const ServerOptions& options = {}) {
    server_ = HttpServer::Start(options, TestServer(authority_), handler_, clock_).value();
    return *server_;
  }
  std::uint16_t port() const { return server_->port(); }

  CertificatePair authority_ = TestAuthority("ca");
  SimulatedClock clock_{kTestEpoch + std::chrono::hours(10)};
  EchoHandler handler_;
  std::unique_ptr<HttpServer> server_;
};

TEST_F(HttpServerTest, AnswersManyRequestsOnOneConnection) {
  Start();
  TlsClient client(port());
  EXPECT_EQ(client.protocol(), "http/1.1");
  EXPECT_THAT(client.Ask("/a?b=c"), StartsWith("HTTP/1.1 200 OK\r\n"));
  const std::string answer = client.Ask("/a?b=c", "X-One: 1\r\nX-One: 2\r\n");
  EXPECT_THAT(answer, HasSubstr("GET\n/a?b=c\n"));
  EXPECT_THAT(answer, HasSubstr("before 1\n"));
  EXPECT_THAT(answer, HasSubstr("X-One: 1\nX-One: 2\n"));
  EXPECT_THAT(answer, HasSubstr("Date: Thu, 01 Jan 2026 10:00:00 GMT\r\n"));
  EXPECT_EQ(server_->counts().requests, 2U);
}

TEST_F(HttpServerTest, AnswersRequestsThatWereSentTogether) {
  Start();
  TlsClient client(port());
  client.Send("GET /1 HTTP/1.1\r\nHost: x\r\n\r\nGET /2 HTTP/1.1\r\nHost: x\r\n\r\nGET /3 HT");
  EXPECT_THAT(client.Answer(), HasSubstr("\n/1\n"));
  EXPECT_THAT(client.Answer(), HasSubstr("\n/2\n"));
  client.Send("TP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_THAT(client.Answer(), HasSubstr("\n/3\n"));
}

TEST_F(HttpServerTest, ReadsBodiesOfEitherFraming) {
  Start();
  TlsClient client(port());
  client.Send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello");
  EXPECT_THAT(client.Answer(), HasSubstr("body hello\n"));
  client.Send(
      "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n");
  EXPECT_THAT(client.Answer(), HasSubstr("body abc\n"));
  client.Send("POST / HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n");
  EXPECT_THAT(client.Answer(), StartsWith("HTTP/1.1 100 Continue"));
  client.Send("hi");
  EXPECT_THAT(client.Answer(), HasSubstr("body hi\n"));
}

TEST_F(HttpServerTest, SendsToAHeadTheHeadAlone) {
  Start();
  TlsClient client(port());
  client.Send("HEAD /large HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_THAT(client.Answer(true), HasSubstr("Content-Length: 1000000\r\n"));
  EXPECT_THAT(client.Ask("/after"), HasSubstr("/after"));
  EXPECT_THAT(client.Ask("/304"), Not(HasSubstr("Content-Length")));
  EXPECT_EQ(client.Ask("/large").size() > 1'000'000, true);
}

TEST_F(HttpServerTest, HandsOverAClientCertificateOfAnyAuthority) {
  Start();
  const CertificatePair stranger = TestClient(TestAuthority("stranger"), "front-proxy-client");
  TlsClient with(port(), {.pair = &stranger});
  EXPECT_THAT(with.Ask("/"), HasSubstr("peer front-proxy-client\n"));
  TlsClient without(port());
  EXPECT_THAT(without.Ask("/"), HasSubstr("peer \n"));
}

TEST_F(HttpServerTest, SpeaksTls12AndNothingOlder) {
  Start();
  const CertificatePair pair = TestClient(authority_, "a");
  TlsClient tls12(port(), {.highest_version = TLS1_2_VERSION, .pair = &pair});
  EXPECT_THAT(tls12.Ask("/"), HasSubstr("peer a\n"));
  const TlsClient tls11(port(), {.highest_version = TLS1_1_VERSION});
  EXPECT_FALSE(tls11.is_connected());
}

TEST_F(HttpServerTest, ChoosesHttp11WhereTheClientAlsoOffersH2) {
  Start();
  const TlsClient both(port(), {.protocols = "\x02h2\x08http/1.1"});
  EXPECT_EQ(both.protocol(), "http/1.1");
  const TlsClient other(port(), {.protocols = "\x02h2"});
  EXPECT_FALSE(other.is_connected());
  TlsClient none(port(), {.protocols = ""});
  EXPECT_THAT(none.Ask("/"), StartsWith("HTTP/1.1 200"));
}

TEST_F(HttpServerTest, ShowsANewCertificateToNewConnections) {
  Start();
  TlsClient before(port());
  EXPECT_EQ(before.server_name(), "server");
  const CertificatePair next =
      IssueLeaf(authority_, {.common_name = "next"}, kTestValidity).value();
  ASSERT_TRUE(server_->UseCertificate(next));
  const TlsClient after(port());
  EXPECT_EQ(after.server_name(), "next");
  EXPECT_THAT(before.Ask("/"), StartsWith("HTTP/1.1 200"));
  EXPECT_EQ(server_->UseCertificate({next.certificate_pem, authority_.key_pem}).error().code,
            ErrorCode::kInvalidArgument);
  EXPECT_EQ(TlsClient(port()).server_name(), "next");
}

TEST_F(HttpServerTest, RefusesWhatIsNoRequestAndEnds) {
  Start();
  for (const char* text :
       {"hello\r\n\r\n", "GET / HTTP/9.9\r\n\r\n", "GET / HTTP/1.1\r\nA b\r\n\r\n",
        "POST / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n"}) {
    TlsClient client(port());
    client.Send(text);
    EXPECT_THAT(client.Answer(), StartsWith("HTTP/1.1 400 Bad Request\r\n")) << text;
    EXPECT_TRUE(client.IsEnded()) << text;
  }
}

TEST_F(HttpServerTest, RefusesWhatIsTooLarge) {
  Start({.max_header_bytes = 2000, .max_body_bytes = 100});
  TlsClient head(port());
  EXPECT_THAT(head.Ask("/", "X: " + std::string(3000, 'x') + "\r\n"), StartsWith("HTTP/1.1 431 "));
  EXPECT_TRUE(head.IsEnded());
  TlsClient body(port());
  body.Send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 101\r\n\r\n");
  EXPECT_THAT(body.Answer(), StartsWith("HTTP/1.1 413 "));
  EXPECT_TRUE(body.IsEnded());
}

TEST_F(HttpServerTest, EndsWhenTheClientWantsItSo) {
  Start();
  TlsClient client(port());
  EXPECT_THAT(client.Ask("/", "Connection: close\r\n"), HasSubstr("\r\nConnection: close\r\n"));
  EXPECT_TRUE(client.IsEnded());
  TlsClient old(port());
  old.Send("GET / HTTP/1.0\r\n\r\n");
  EXPECT_THAT(old.Answer(), HasSubstr("\r\nConnection: close\r\n"));
  EXPECT_TRUE(old.IsEnded());
}

TEST_F(HttpServerTest, KeepsAHeaderFromBecomingTwo) {
  Start();
  TlsClient client(port());
  EXPECT_THAT(client.Ask("/inject"), Not(HasSubstr("X-Evil")));
}

TEST_F(HttpServerTest, LosesOneRequestToAHandlerThatThrows) {
  Start();
  TlsClient client(port());
  EXPECT_THAT(client.Ask("/throw"), StartsWith("HTTP/1.1 500 "));
  EXPECT_THAT(client.Ask("/"), StartsWith("HTTP/1.1 200 "));
}

TEST_F(HttpServerTest, ClosesConnectionsThatAreTooSlow) {
  Start({.threads = 1});  // which has read of `half` when it answers `idle`
  TlsClient half(port());
  half.Send("GET / HTTP/1.1\r\n");
  TlsClient idle(port());
  idle.Ask("/");
  TlsClient served(port());
  while (server_->counts().open < 3) std::this_thread::yield();
  clock_.Advance(std::chrono::seconds(11));
  server_->CloseOverdue();
  EXPECT_TRUE(half.IsEnded());
  EXPECT_THAT(idle.Ask("/"), StartsWith("HTTP/1.1 200 "));
  clock_.Advance(std::chrono::minutes(5));
  server_->CloseOverdue();
  EXPECT_TRUE(idle.IsEnded());
  EXPECT_EQ(server_->counts().open, 0U);
}

TEST_F(HttpServerTest, ClosesConnectionsWithoutAHandshake) {
  Start();
  const int socket = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port());
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  ASSERT_EQ(connect(socket, reinterpret_cast<const sockaddr*>(&address), sizeof(address)), 0);
  while (server_->counts().open < 1) std::this_thread::yield();
  clock_.Advance(std::chrono::seconds(11));
  server_->CloseOverdue();
  char byte = 0;
  EXPECT_LE(read(socket, &byte, 1), 0);
  close(socket);
  while (server_->counts().failed_handshakes < 1) std::this_thread::yield();
  EXPECT_EQ(server_->counts().open, 0U);
}

TEST_F(HttpServerTest, MakesRoomAtTheCapByClosingTheLongestIdle) {
  Start({.max_connections = 2});
  TlsClient first(port());
  first.Ask("/");
  clock_.Advance(std::chrono::seconds(1));
  TlsClient second(port());
  second.Ask("/");
  // Connections go to the two threads in turn: the third is the first one's neighbour.
  TlsClient third(port());
  EXPECT_THAT(third.Ask("/"), StartsWith("HTTP/1.1 200 "));
  EXPECT_TRUE(first.IsEnded());
  EXPECT_THAT(second.Ask("/"), StartsWith("HTTP/1.1 200 "));
}

TEST_F(HttpServerTest, WaitsElsewhereWhileOthersAreServed) {
  Start({.threads = 1, .waiting_threads = 1, .max_waiting = 1});
  TlsClient slow(port());
  slow.Send("GET /wait HTTP/1.1\r\nHost: x\r\n\r\n");
  handler_.AwaitWaiting(1);
  TlsClient quick(port());
  EXPECT_THAT(quick.Ask("/"), StartsWith("HTTP/1.1 200 "));
  EXPECT_THAT(quick.Ask("/wait"), StartsWith("HTTP/1.1 503 "));
  handler_.Open();
  EXPECT_THAT(slow.Answer(), HasSubstr("\n/wait\n"));
}

TEST_F(HttpServerTest, DrainsWithoutLosingARequest) {
  Start();
  const SystemClock real;
  server_ = HttpServer::Start({}, TestServer(authority_), handler_, real).value();
  std::optional<TlsClient> busy(std::in_place, port());
  busy->Send("GET /wait HTTP/1.1\r\nHost: x\r\n\r\n");
  handler_.AwaitWaiting(1);
  TlsClient idle(port());
  idle.Ask("/");
  std::jthread drain([&] { server_->Drain(std::chrono::seconds(60)); });
  EXPECT_TRUE(idle.IsEnded());
  handler_.Open();
  const std::string answer = busy->Answer();
  EXPECT_THAT(answer, StartsWith("HTTP/1.1 200 "));
  EXPECT_THAT(answer, HasSubstr("Connection: close\r\n"));
  EXPECT_TRUE(busy->IsEnded());
  busy.reset();
  drain.join();
  EXPECT_FALSE(TlsClient(port()).is_connected());
  EXPECT_EQ(server_->counts().open, 0U);
}

TEST_F(HttpServerTest, CutsOffWhatOutlastsTheGraceOfADrain) {
  Start({.threads = 1});
  TlsClient half(port());
  half.Send("GET / HTTP/1.1\r\n");
  TlsClient other(port());
  other.Ask("/");
  server_->Drain(std::chrono::seconds(5));  // at once, on a simulated clock
  EXPECT_TRUE(half.IsEnded());
  server_->Drain(std::chrono::seconds(5));
}

TEST_F(HttpServerTest, EndsWhileAnswersAreBeingMade) {
  Start();
  TlsClient client(port());
  client.Send("GET /wait HTTP/1.1\r\nHost: x\r\n\r\n");
  handler_.AwaitWaiting(1);
  std::jthread end([&] { server_.reset(); });
  EXPECT_TRUE(client.IsEnded());
  handler_.Open();
}

TEST_F(HttpServerTest, ServesManyClientsAtOnce) {
  Start({.threads = 2});
  std::vector<std::jthread> clients;
  std::atomic<int> answered{0};
  for (int i = 0; i < 8; ++i)
    clients.emplace_back([&] {
      TlsClient client(port());
      for (int request = 0; request < 50; ++request)
        answered += client.Ask("/x").starts_with("HTTP/1.1 200 ") ? 1 : 0;
    });
  clients.clear();
  EXPECT_EQ(answered, 400);
}

TEST_F(HttpServerTest, SaysWhyItCannotListen) {
  Start();
  const ServerOptions taken{.address = "127.0.0.1", .port = port()};
  const auto second = HttpServer::Start(taken, TestServer(authority_), handler_, clock_);
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, ErrorCode::kUnavailable);
  EXPECT_THAT(second.error().message, HasSubstr(std::to_string(port())));
  const auto nowhere =
      HttpServer::Start({.address = "here"}, TestServer(authority_), handler_, clock_);
  EXPECT_EQ(nowhere.error().code, ErrorCode::kInvalidArgument);
}

}  // namespace
}  // namespace loadcurve::http
