#pragma once

#include <string>
#include <string_view>

#include "adapters/http/http_transport.h"
#include "base/clock.h"
#include "base/result.h"

namespace loadcurve::external_metrics {

// Asks kube-apiserver to review a token or a right. Thread-safe.
class ReviewClient {
 public:
  // `base_url`: "https://10.96.0.1:443". `transport`, which knows our own token, and `clock`
  // outlive it.
  ReviewClient(http::HttpTransport& transport, std::string base_url, const Clock& clock);

  // The body of the answer to a review posted to `path`. Repeated up to five times, ever more
  // slowly (500 ms, then half as long again), while the API server is out of reach or busy, for
  // 10 s in all. kPermissionDenied, with the command that cures it, where we may not ask.
  [[nodiscard]] Result<std::string> Post(std::string_view path, const std::string& body) const;

 private:
  http::HttpTransport& transport_;
  const std::string base_url_;
  const Clock& clock_;
};

}  // namespace loadcurve::external_metrics
