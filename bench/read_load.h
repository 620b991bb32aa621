#pragma once

#include <openssl/ssl.h>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/units.h"

namespace loadcurve::bench {

// Whom to read: over TLS keep-alive, with a client certificate.
struct ReadTarget {
  SSL_CTX* context = nullptr;
  std::string address = "127.0.0.1";
  std::uint16_t port = 0;
  // Whole HTTP/1.1 requests; connections take them in turn.
  std::vector<std::string> requests;
};

struct ReadLoad {
  int connections = 16;
  int reads = 200'000;
  double rate = 0;  // reads a second; 0: each connection asks again as soon as it has its answer
};

struct ReadOutcome {
  double seconds = 0;
  std::vector<double> latencies_us;  // rising; with a rate, from when a request was due
  int failures = 0;                  // answers that were not 200
  double client_cpu_seconds = 0;
  std::string first_answer;
  std::string tls;  // protocol and cipher
};

struct FreeContext {
  void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
};
using ClientContext = std::unique_ptr<SSL_CTX, FreeContext>;

// Shows that certificate, and trusts whoever answers. Stops the process where the pair is wrong.
ClientContext MakeClientContext(const std::string& certificate_pem, const std::string& key_pem);

// What an HPA controller asks through kube-apiserver; `path` with its query.
std::string HpaRequest(const std::string& path, const std::string& host);

// With two threads of clients, on connections of their own.
ReadOutcome ReadMetrics(const ReadTarget& target, const ReadLoad& load);

}  // namespace loadcurve::bench
