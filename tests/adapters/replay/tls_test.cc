#include <gtest/gtest.h>

#include "adapters/http/http_server.h"
#include "adapters/replay/load_generator.h"
#include "tests/support/scratch_folder.h"
#include "tests/support/test_certificates.h"

namespace loadcurve::replay {
namespace {

// Answers 200 to who shows a certificate, 401 to others.
class AsksForCertificate final : public http::RequestHandler {
 public:
  std::optional<http::ServerResponse> AnswerAtOnce(const http::ServerRequest& request) override {
    return http::ServerResponse{.status = request.peer == nullptr ? 401 : 200};
  }
  http::ServerResponse Answer(const http::ServerRequest&) override { return {}; }
};

class LoadOverTls : public testing::Test {
 protected:
  LoadCounts Play(const std::string& authority_pem, const http::CertificatePair* client = nullptr) {
    LoadOptions options;
    options.rate = 200;
    options.limit = 20;
    options.authorities_file = folder_.Write("ca.pem", authority_pem);
    if (client != nullptr) {
      options.certificate_file = folder_.Write("client.pem", client->certificate_pem);
      options.key_file = folder_.Write("client.key", client->key_pem);
    }
    RequestSet set;
    set.routes = {"GET /"};
    set.requests = {{.method = "GET", .path = "/"}};
    set.arrivals = {{Duration(0), 0}};
    const auto target =
        ParseTarget("https://localhost:" + std::to_string(server_->port()), false).value();
    auto generator =
        LoadGenerator::Start({target}, std::make_shared<const RequestSet>(set), options, clock_)
            .value();
    while (!generator->HasEnded())
      clock_.SleepUntil(clock_.MonotonicNow() + std::chrono::milliseconds(2), {});
    return generator->TakeInterval().Total();
  }

  SystemClock clock_;
  ScratchFolder folder_;
  http::CertificatePair authority_ = TestAuthority("load");
  AsksForCertificate handler_;
  std::unique_ptr<http::HttpServer> server_ =
      http::HttpServer::Start({.address = "::"}, TestServer(authority_), handler_, clock_).value();
};

TEST_F(LoadOverTls, TrustsTheGivenAuthorityAndShowsItsCertificate) {
  EXPECT_EQ(Play(authority_.certificate_pem).statuses[401], 20U);
  const http::CertificatePair client = TestClient(authority_, "load");
  EXPECT_EQ(Play(authority_.certificate_pem, &client).statuses[200], 20U);
}

TEST_F(LoadOverTls, SendsNothingToWhomItDoesNotTrust) {
  const LoadCounts counts = Play(TestAuthority("other").certificate_pem);
  EXPECT_EQ(counts.Of(Failure::kTls), 20U);
  EXPECT_EQ(server_->counts().requests, 0U);
}

}  // namespace
}  // namespace loadcurve::replay
