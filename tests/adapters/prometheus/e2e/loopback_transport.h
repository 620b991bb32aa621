#pragma once

#include <string>

#include "adapters/http/http_transport.h"

namespace loadcurve::prometheus {

// Plain HTTP to servers on this machine, a connection a request: all that these tests need.
class LoopbackTransport final : public http::HttpTransport {
 public:
  [[nodiscard]] Result<http::HttpResponse> Send(const http::HttpRequest& request,
                                                Duration deadline) override;
  [[nodiscard]] Result<http::HttpResponse> Stream(const http::HttpRequest& request,
                                                  Duration silence, const std::stop_token& stop,
                                                  const OnChunk& on_chunk) override;
};

}  // namespace loadcurve::prometheus
