#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "adapters/http/http_transport.h"
#include "adapters/http/peer_certificate.h"

namespace loadcurve::http {

// In the order they came; a name may stand more than once. Names compare without case.
using HeaderViews = std::span<const std::pair<std::string_view, std::string_view>>;

// The first value of that name; empty where there is none.
std::string_view HeaderOf(HeaderViews headers, std::string_view name);

// What a handler wants to remember about a connection, for its later requests. Kept by the
// server as long as the connection; handed to one request at a time.
class ConnectionNote {
 public:
  virtual ~ConnectionNote() = default;
};

// A request as it came. Everything it lends lives until its answer has been returned.
struct ServerRequest {
  std::string_view method;
  std::string_view target;  // as sent: "/apis?pretty=true"
  HeaderViews headers{};
  std::string_view body{};
  const PeerCertificate* peer = nullptr;            // null where the client showed none; unverified
  std::unique_ptr<ConnectionNote>* note = nullptr;  // never null from a server
};

// An answer. The server adds Date, Content-Length and, where it is the last, Connection. To a
// HEAD it sends the head alone, so a handler answers as to a GET.
struct ServerResponse {
  int status = 200;
  Headers headers{};
  std::string body{};
};

// SEAM. Answers requests. Called from several threads at once.
class RequestHandler {
 public:
  virtual ~RequestHandler() = default;

  // The answer where it can be given from memory, within microseconds; nothing where that
  // takes waiting. Runs on a thread that other connections depend on, so never waits.
  virtual std::optional<ServerResponse> AnswerAtOnce(const ServerRequest& request) = 0;

  // Called where AnswerAtOnce gave nothing, on a thread that may wait.
  virtual ServerResponse Answer(const ServerRequest& request) = 0;

  // How to say no where the server itself refuses: 400 (not HTTP), 413 and 431 (too large),
  // 500 (the handler failed), 503 (too many requests wait).
  virtual ServerResponse Refuse(int status, std::string_view why);
};

}  // namespace loadcurve::http
