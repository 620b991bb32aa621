#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "adapters/external_metrics/api_routes.h"
#include "adapters/external_metrics/api_server.h"
#include "adapters/external_metrics/authenticator.h"
#include "adapters/external_metrics/authorizer.h"
#include "adapters/external_metrics/board_handler.h"
#include "adapters/external_metrics/health_checks.h"
#include "adapters/external_metrics/metric_board.h"
#include "adapters/external_metrics/metric_forwarder.h"
#include "adapters/external_metrics/review_client.h"
#include "adapters/external_metrics/token_reviewer.h"
#include "adapters/http/http_server.h"
#include "base/clock.h"
#include "base/result.h"

namespace loadcurve {

// The external metrics API as it is served: who may ask, what is answered, and the server.
// Thread-safe once it is there.
class ServingApi {
 public:
  struct Options {
    http::ServerOptions server{};
    http::CertificatePair certificate{};
    external_metrics::AuthenticationConfig authentication{};
    std::vector<external_metrics::HealthCheck> checks{};
    // Answers /metrics; empty: 404.
    std::function<std::string()> metrics_page{};
    // Where tokens and rights are reviewed; absent: no tokens, and rights for system:masters
    // alone.
    struct Reviews {
      http::HttpTransport& transport;
      std::string base_url;
    };
    std::optional<Reviews> reviews{};
    // The board for other replicas; absent: there is none.
    struct Peers {
      const external_metrics::BoardFeed& feed;
      std::function<bool()> is_leading;
      std::string authorities_pem;
    };
    std::optional<Peers> peers{};
    // Asked for metrics that are not ours; null: nobody is.
    external_metrics::MetricForwarder* forwarder = nullptr;
  };

  // `reader` and `clock` outlive it. Errors as HttpServer::Start and Authenticator::Update.
  [[nodiscard]] static Result<std::unique_ptr<ServingApi>> Start(
      Options options, const external_metrics::MetricReader& reader, const Clock& clock);

  std::uint16_t port() const { return server_->port(); }
  http::ServerCounts counts() const { return server_->counts(); }

  [[nodiscard]] Result<void> UseCertificate(const http::CertificatePair& pair) {
    return server_->UseCertificate(pair);
  }
  [[nodiscard]] Result<void> Trust(const external_metrics::AuthenticationConfig& config) {
    return authenticator_.Update(config);
  }
  // Whose certificates make a replica, from now on.
  [[nodiscard]] Result<void> TrustPeers(const std::string& authorities_pem) {
    return board_ ? board_->Trust(authorities_pem) : Result<void>();
  }
  std::string WhyNotReady() const { return health_.WhyNotReady(); }

  // Tells that it is going, serves on for `notice` so that callers turn to others, then drains.
  void Drain(Duration notice, const Clock& clock);

 private:
  ServingApi(Options& options, external_metrics::Documents documents,
             const external_metrics::MetricReader& reader, const Clock& clock);

  std::optional<external_metrics::ReviewClient> reviews_;
  std::unique_ptr<external_metrics::TokenReviewer> tokens_;
  external_metrics::Authenticator authenticator_;
  external_metrics::Authorizer authorizer_;
  external_metrics::HealthChecks health_;
  external_metrics::ApiRoutes routes_;
  external_metrics::ApiServer handler_;
  std::optional<external_metrics::BoardHandler> board_;
  std::unique_ptr<http::HttpServer> server_;
};

}  // namespace loadcurve
