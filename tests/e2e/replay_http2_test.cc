// `loadcurve replay --http` as a program of its own, against servers that many run.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdint>
#include <nlohmann/json.hpp>

#include "tests/support/run_program.h"
#include "tests/support/scratch_folder.h"
#include "tests/support/test_certificates.h"

namespace loadcurve {
namespace {

using nlohmann::json;
using testing::HasSubstr;

// A port of 127.0.0.1 that nobody listens on.
std::string FreePort() {
  const int probe = socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof(address);
  bind(probe, reinterpret_cast<const sockaddr*>(&address), size);
  getsockname(probe, reinterpret_cast<sockaddr*>(&address), &size);
  close(probe);
  return std::to_string(ntohs(address.sin_port));
}

class ReplayOverHttp2 : public testing::Test {
 protected:
  void SetUp() override {
    const http::CertificatePair authority = TestAuthority("load");
    const http::CertificatePair server = TestServer(authority);
    folder_.Write("ca.pem", authority.certificate_pem);
    folder_.Write("server.pem", server.certificate_pem);
    folder_.Write("server.key", server.key_pem);
    folder_.Write("shop.requests.jsonl",
                  R"({"time": "2026-10-10T13:55:01Z", "method": "GET", "path": "/index.html"})"
                  "\n");
  }

  static bool IsInstalled(const std::string& program) {
    return RunShell("PATH=$PATH:/usr/sbin command -v " + program).exit_code == 0;
  }

  // Sends load to the server that a line of bash starts.
  ProgramRun Replay(const std::string& server, const std::string& arguments) const {
    return RunShell("cd " + folder_.Path("") + "; PATH=$PATH:/usr/sbin\n" + server +
                    " & server=$!; trap 'kill $server; wait $server' EXIT\n"
                    "for ((i = 0; i < 200; i++)); do (: </dev/tcp/127.0.0.1/" +
                    port_ +
                    ") 2>/dev/null && break; sleep 0.05; done\n"
                    "\"$LOADCURVE\" replay *.requests.jsonl --ca ca.pem -o json " +
                    arguments);
  }

  // Everything was answered, with 200, `over_http2` or not.
  static void ExpectAnswers(const ProgramRun& run, bool over_http2) {
    ASSERT_EQ(run.exit_code, 0) << run.error;
    const json total = json::parse(run.out)["total"];
    EXPECT_GT(total["answered"], 0);
    EXPECT_EQ(total["statuses"]["200"], total["scheduled"]) << run.out;
    EXPECT_EQ(total["answered_http2"], over_http2 ? total["answered"] : json(0));
  }

  ScratchFolder folder_;
  const std::string port_ = FreePort();
};

class ReplayToNginx : public ReplayOverHttp2 {
 protected:
  void SetUp() override {
    if (!IsInstalled("nginx")) GTEST_SKIP() << "nginx is not installed (Debian: nginx-light)";
    ReplayOverHttp2::SetUp();
  }

  ProgramRun Replay(const std::string& listen, const std::string& arguments) const {
    folder_.Write(
        "nginx.conf",
        "daemon off; worker_processes 1; pid nginx.pid; error_log stderr crit;\n"
        "events { worker_connections 1024; }\n"
        "http { access_log off; keepalive_requests 50;\n"
        "  client_body_temp_path body; proxy_temp_path proxy; fastcgi_temp_path fastcgi;\n"
        "  uwsgi_temp_path uwsgi; scgi_temp_path scgi;\n"
        "  ssl_certificate server.pem; ssl_certificate_key server.key;\n"
        "  server { listen 127.0.0.1:" +
            port_ + " " + listen + "; location / { return 200 \"hello\\n\"; } } }\n");
    return ReplayOverHttp2::Replay("nginx -p . -c nginx.conf",
                                   "--rate 500 --for 400ms " + arguments);
  }

  std::string ClearText() const { return "--target http://127.0.0.1:" + port_; }
  std::string Tls() const { return "--target https://127.0.0.1:" + port_; }
};

// After 50 requests nginx ends a connection with GOAWAY.
TEST_F(ReplayToNginx, SpeaksHttp2InClearText) {
  const ProgramRun run = Replay("http2", ClearText() + " --http 2");
  ExpectAnswers(run, true);
  EXPECT_GT(json::parse(run.out)["targets"][0]["connections"], 1);
}

TEST_F(ReplayToNginx, SpeaksHttp2OverTls) {
  ExpectAnswers(Replay("ssl http2", Tls() + " --http 2"), true);
}

TEST_F(ReplayToNginx, AgreesOnHttp2OverTls) {
  ExpectAnswers(Replay("ssl http2", Tls() + " --http auto"), true);
}

TEST_F(ReplayToNginx, AgreesOnHttp1WhereTheTargetKnowsNoOther) {
  ExpectAnswers(Replay("ssl", Tls() + " --http auto"), false);
}

TEST_F(ReplayToNginx, SpeaksHttp1UnlessAskedForHttp2) {
  ExpectAnswers(Replay("ssl http2", Tls()), false);
}

TEST_F(ReplayToNginx, SaysThatTheTargetSpeaksNoHttp2) {
  const ProgramRun run = Replay("ssl", Tls() + " --http 2");
  EXPECT_EQ(run.exit_code, 1);
  const json total = json::parse(run.out)["total"];
  EXPECT_EQ(total["failures"]["tls"], total["scheduled"]);
}

class ReplayToNghttpd : public ReplayOverHttp2 {
 protected:
  void SetUp() override {
    if (!IsInstalled("nghttpd"))
      GTEST_SKIP() << "nghttpd is not installed (Debian: nghttp2-server)";
    ReplayOverHttp2::SetUp();
    folder_.Write("index.html", "hello");
  }
};

TEST_F(ReplayToNghttpd, HoldsItsLimitOfStreams) {
  ExpectAnswers(Replay("nghttpd --no-tls -a 127.0.0.1 -m 10 " + port_,
                       "--http 2 --rate 1000 --for 400ms --target http://127.0.0.1:" + port_),
                true);
}

TEST_F(ReplayToNghttpd, SpeaksHttp2OverTls) {
  ExpectAnswers(Replay("nghttpd -a 127.0.0.1 " + port_ + " server.key server.pem",
                       "--http 2 --rate 500 --for 400ms --target https://127.0.0.1:" + port_),
                true);
}

// Bodies larger than any window is at first, in both directions.
TEST_F(ReplayToNghttpd, SendsAndTakesLargeBodies) {
  folder_.Write("index.html", std::string(3'000'000, 'x'));
  folder_.Write("shop.requests.jsonl",
                R"({"time": "2026-10-10T13:55:01Z", "method": "POST", "path": "/", "body": ")" +
                    std::string(500'000, 'y') + "\"}\n");
  ExpectAnswers(Replay("nghttpd --no-tls -a 127.0.0.1 " + port_,
                       "--http 2 --allow-method POST --rate 25 --for 400ms --target "
                       "http://127.0.0.1:" +
                           port_),
                true);
}

// The ramp ends at its ceiling, which one replica carries with ease.
TEST_F(ReplayToNghttpd, CarriesARamp) {
  const ProgramRun run = Replay(
      "nghttpd --no-tls -a 127.0.0.1 " + port_,
      "--http 2 --ramp --max-rate 400 --rate 400 --interval 100ms --target http://127.0.0.1:" +
          port_);
  ASSERT_EQ(run.exit_code, 0) << run.error;
  EXPECT_THAT(run.out, HasSubstr("400"));
}

}  // namespace
}  // namespace loadcurve
