#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "adapters/http/certificates.h"
#include "adapters/http/request_handler.h"
#include "base/clock.h"
#include "base/result.h"

namespace loadcurve::http {

struct ServerOptions {
  std::string address = "127.0.0.1";  // an IP address of this machine; "::" is all of them
  std::uint16_t port = 0;             // 0: the kernel's choice
  int threads = 2;                    // that read, answer at once, write; > 0
  int waiting_threads = 16;           // for answers that wait; > 0
  std::size_t max_waiting = 1024;     // answers that wait or queue to; beyond it 503
  // At the cap the connection that has been idle longest makes room; where none is idle, the
  // new one is closed.
  std::size_t max_connections = 1024;
  std::size_t max_header_bytes = 64 * 1024;  // with the request line; beyond it 431
  std::size_t max_body_bytes = 64 * 1024;    // beyond it 413
  // How long a client may take; beyond it the connection is closed. Idle is longer than the
  // 90 s after which Go's transport lets go, so that it is never us who cut a request off.
  Duration handshake_limit = std::chrono::seconds(10);
  Duration request_limit = std::chrono::seconds(10);  // from its first byte to its last
  Duration write_limit = std::chrono::seconds(30);
  Duration idle_limit = std::chrono::minutes(5);
};

// Since the start, but for `open`.
struct ServerCounts {
  std::size_t open = 0;  // connections now
  std::uint64_t accepted = 0;
  std::uint64_t refused = 0;            // at the cap
  std::uint64_t failed_handshakes = 0;  // harmless: clients leave in mid-handshake
  std::uint64_t overdue = 0;            // too slow, or idle too long
  std::uint64_t requests = 0;
};

// Serves HTTP/1.1 with keep-alive (RFC 9112) over TLS 1.2 or newer, and never without TLS.
// A client certificate is asked for, not required, and handed to the handler unverified.
// Thread-safe.
class HttpServer {
 public:
  // Listens and serves from then on. kUnavailable where the address is taken or not ours,
  // kInvalidArgument where the certificate is of no use. `handler` and `clock` outlive it.
  [[nodiscard]] static Result<std::unique_ptr<HttpServer>> Start(const ServerOptions& options,
                                                                 const CertificatePair& pair,
                                                                 RequestHandler& handler,
                                                                 const Clock& clock);
  // Closes all connections at once, but waits for answers that are being made.
  ~HttpServer();
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;

  std::uint16_t port() const;
  ServerCounts counts() const;

  // Connections from now on see this certificate; those that stand keep theirs. An error
  // (kInvalidArgument) leaves the one before in force.
  [[nodiscard]] Result<void> UseCertificate(const CertificatePair& pair);

  // Accepts no more, closes idle connections, lets requests under way be answered (with
  // Connection: close), and returns when all are gone or `grace` is over. Idempotent.
  void Drain(Duration grace);

  // Closes connections that are past a limit. Called by the server itself every second; tests
  // call it after moving their clock. Returns when done.
  void CloseOverdue();

 private:
  class Core;
  explicit HttpServer(std::unique_ptr<Core> core);

  std::unique_ptr<Core> core_;
};

}  // namespace loadcurve::http
