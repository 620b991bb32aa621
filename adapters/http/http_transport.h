#pragma once

#include <functional>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "base/units.h"

namespace loadcurve::http {

// In the order sent; a name may stand more than once. Names compare without case.
using Headers = std::vector<std::pair<std::string, std::string>>;

// True where both are the same but for the case of ASCII letters.
bool IsSameName(std::string_view a, std::string_view b);

// The first value of that name; empty where there is none.
std::string_view HeaderOf(const Headers& headers, std::string_view name);

struct HttpRequest {
  std::string method = "GET";
  std::string url;  // absolute: "https://10.0.0.1:6443/api/v1/pods?limit=500"
  Headers headers{};
  std::string body{};
};

struct HttpResponse {
  int status = 0;
  Headers headers{};
  std::string body{};
};

// SEAM. Sends one request and waits for its answer. Thread-safe.
//
// Every answer with a status is a response, 4xx and 5xx too; an error is what kept the
// answer from coming: kUnavailable (no connection, cut off), kDeadlineExceeded,
// kPermissionDenied (TLS trust), kCancelled, kInvalidArgument (a URL that is none).
class HttpTransport {
 public:
  // A part of the body as it comes; false ends the stream.
  using OnChunk = std::function<bool(std::string_view chunk)>;

  virtual ~HttpTransport() = default;

  [[nodiscard]] virtual Result<HttpResponse> Send(const HttpRequest& request,
                                                  Duration deadline) = 0;

  // Hands over the body of a 2xx answer while it arrives, until it ends, `on_chunk` returns
  // false, nothing arrives for `silence`, or `stop` is requested. The response then has no
  // body; that of another status is kept.
  [[nodiscard]] virtual Result<HttpResponse> Stream(const HttpRequest& request, Duration silence,
                                                    const std::stop_token& stop,
                                                    const OnChunk& on_chunk) = 0;
};

}  // namespace loadcurve::http
