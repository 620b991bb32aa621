#pragma once

#include <string>

#include "adapters/http/http_transport.h"
#include "adapters/kube/bearer_token.h"
#include "adapters/kube/kube_config.h"
#include "base/clock.h"
#include "base/result.h"

namespace loadcurve {

// Shows our own token with each request, as the KubeClient does by itself.
class TokenTransport final : public http::HttpTransport {
 public:
  // `inner` and `clock` outlive it.
  TokenTransport(http::HttpTransport& inner, const kube::KubeConfig& config, const Clock& clock)
      : inner_(inner), token_(config, clock) {}

  [[nodiscard]] Result<http::HttpResponse> Send(const http::HttpRequest& request,
                                                Duration deadline) override {
    LC_TRY(const http::HttpRequest shown, WithToken(request));
    return inner_.Send(shown, deadline);
  }
  [[nodiscard]] Result<http::HttpResponse> Stream(const http::HttpRequest& request,
                                                  Duration silence, const std::stop_token& stop,
                                                  const OnChunk& on_chunk) override {
    LC_TRY(const http::HttpRequest shown, WithToken(request));
    return inner_.Stream(shown, silence, stop, on_chunk);
  }

 private:
  [[nodiscard]] Result<http::HttpRequest> WithToken(http::HttpRequest request) {
    LC_TRY(const std::string token, token_.Read());
    if (!token.empty()) request.headers.emplace_back("Authorization", "Bearer " + token);
    return request;
  }

  http::HttpTransport& inner_;
  kube::BearerToken token_;
};

}  // namespace loadcurve
