#pragma once

#include <cstddef>
#include <memory>
#include <string>

#include "adapters/http/http_transport.h"
#include "base/clock.h"

namespace loadcurve::http {

// Whom we trust and who we are. Files are read again as they are needed, so that rotated ones
// count without a restart: the token with each request, the rest with each new connection.
struct CurlOptions {
  std::string ca_file{};           // trusted authorities, PEM; with ca_pem empty too: the system's
  std::string ca_pem{};            // the same as text
  std::string certificate_file{};  // ours, PEM, or none
  std::string key_file{};          // its key
  std::string certificate_pem{};   // the same as text, where there is no file
  std::string key_pem{};
  // "10.0.0.7:8443": where to connect to, past name service and proxies, whatever URLs say; what
  // they say is whom the certificate must name.
  std::string connect_to{};
  std::string token_file{};  // sent as "Authorization: Bearer ..."; never without TLS, but
                             // to this machine
  std::string user_agent = "loadcurve";
  Duration connect_limit = std::chrono::seconds(5);
  Duration max_connection_age = std::chrono::minutes(10);
  std::size_t max_body_bytes =
      256U * 1024 * 1024;  // of an answer, decompressed; more: kUnavailable
};

// HttpTransport on libcurl: HTTP/1.1 over connections that are kept and reused, TLS 1.2 or
// newer, always verified. Redirects are answers, not followed. A proxy named by the environment
// (https_proxy, no_proxy ...) is used, but never to this machine. Thread-safe: each call takes
// a connection of its own.
class CurlTransport final : public HttpTransport {
 public:
  // `clock` outlives it.
  CurlTransport(CurlOptions options, const Clock& clock);
  ~CurlTransport() override;

  [[nodiscard]] Result<HttpResponse> Send(const HttpRequest& request, Duration deadline) override;

  // A stop takes effect at once; so does a silence, counted from the start of the call or the
  // latest part: kDeadlineExceeded. A stream that is cut off is kUnavailable.
  [[nodiscard]] Result<HttpResponse> Stream(const HttpRequest& request, Duration silence,
                                            const std::stop_token& stop,
                                            const OnChunk& on_chunk) override;

 private:
  class Connections;
  std::unique_ptr<Connections> connections_;
};

}  // namespace loadcurve::http
