#include "cmd/serving_api.h"

#include <utility>

namespace loadcurve {
namespace {

using external_metrics::ReviewClient;
using external_metrics::TokenReviewer;

std::optional<ReviewClient> ReviewsOf(const ServingApi::Options& options, const Clock& clock) {
  if (!options.reviews) return std::nullopt;
  return std::optional<ReviewClient>(std::in_place, options.reviews->transport,
                                     options.reviews->base_url, clock);
}

std::unique_ptr<TokenReviewer> TokensOf(const std::optional<ReviewClient>& reviews,
                                        const Clock& clock) {
  return reviews ? std::make_unique<TokenReviewer>(*reviews, clock) : nullptr;
}

}  // namespace

ServingApi::ServingApi(Options& options, external_metrics::Documents documents,
                       const external_metrics::MetricReader& reader, const Clock& clock)
    : reviews_(ReviewsOf(options, clock)),
      tokens_(TokensOf(reviews_, clock)),
      authenticator_(tokens_.get(), clock),
      authorizer_(reviews_ ? &*reviews_ : nullptr, clock),
      health_(std::move(options.checks)),
      routes_(std::move(documents), reader, health_, std::move(options.metrics_page)),
      handler_(authenticator_, authorizer_, routes_, {}, options.forwarder) {
  if (options.peers)
    board_.emplace(handler_, options.peers->feed, clock, options.peers->is_leading);
}

Result<std::unique_ptr<ServingApi>> ServingApi::Start(Options options,
                                                      const external_metrics::MetricReader& reader,
                                                      const Clock& clock) {
  LC_TRY(auto documents,
         external_metrics::MakeDocuments({}, {.git_version = "v" LOADCURVE_VERSION}));
  std::unique_ptr<ServingApi> api(new ServingApi(options, std::move(documents), reader, clock));
  LC_TRY_VOID(api->authenticator_.Update(options.authentication));
  if (options.peers) LC_TRY_VOID(api->board_->Trust(options.peers->authorities_pem));
  http::RequestHandler& handler =
      api->board_ ? static_cast<http::RequestHandler&>(*api->board_) : api->handler_;
  LC_TRY(api->server_,
         http::HttpServer::Start(options.server, options.certificate, handler, clock));
  return api;
}

void ServingApi::Drain(Duration notice, const Clock& clock) {
  health_.BeginDrain();
  clock.SleepUntil(clock.MonotonicNow() + notice, std::stop_token());
  server_->Drain(std::chrono::seconds(10));
}

}  // namespace loadcurve
