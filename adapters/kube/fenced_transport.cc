#include "adapters/kube/fenced_transport.h"

#include <utility>

namespace loadcurve::kube {

FencedTransport::FencedTransport(http::HttpTransport& inner, std::function<bool()> may_write)
    : inner_(inner), may_write_(std::move(may_write)) {}

Result<void> FencedTransport::Check(const http::HttpRequest& request) const {
  if (request.method == "GET" || request.method == "HEAD" || may_write_()) return {};
  return Fail(ErrorCode::kCancelled, "this replica does not lead any more: " + request.method +
                                         " " + request.url + " was not sent");
}

Result<http::HttpResponse> FencedTransport::Send(const http::HttpRequest& request,
                                                 Duration deadline) {
  LC_TRY_VOID(Check(request));
  return inner_.Send(request, deadline);
}

Result<http::HttpResponse> FencedTransport::Stream(const http::HttpRequest& request,
                                                   Duration silence, const std::stop_token& stop,
                                                   const OnChunk& on_chunk) {
  LC_TRY_VOID(Check(request));
  return inner_.Stream(request, silence, stop, on_chunk);
}

}  // namespace loadcurve::kube
