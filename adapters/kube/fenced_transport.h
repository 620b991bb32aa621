#pragma once

#include <functional>

#include "adapters/http/http_transport.h"
#include "base/result.h"

namespace loadcurve::kube {

// Sends what changes something only while this process may: the question is asked right before
// each such request, after all waiting. Reads pass. Thread-safe as its transport and `may_write`
// are.
class FencedTransport final : public http::HttpTransport {
 public:
  // `inner` outlives it.
  FencedTransport(http::HttpTransport& inner, std::function<bool()> may_write);

  // kCancelled, and nothing was sent, where this process may not write.
  [[nodiscard]] Result<http::HttpResponse> Send(const http::HttpRequest& request,
                                                Duration deadline) override;
  [[nodiscard]] Result<http::HttpResponse> Stream(const http::HttpRequest& request,
                                                  Duration silence, const std::stop_token& stop,
                                                  const OnChunk& on_chunk) override;

 private:
  [[nodiscard]] Result<void> Check(const http::HttpRequest& request) const;

  http::HttpTransport& inner_;
  const std::function<bool()> may_write_;
};

}  // namespace loadcurve::kube
