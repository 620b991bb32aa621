#pragma once

#include <CLI/CLI.hpp>

#include <cstdint>
#include <functional>
#include <optional>
#include <stop_token>
#include <string>

#include "adapters/http/certificates.h"
#include "base/clock.h"
#include "base/result.h"

namespace loadcurve {

// Where Cluster Autoscaler is answered, and with which certificate.
struct AutoscalerEndpoint {
  std::string listen;  // the default of the option
  std::string keys = "loadcurve-keys";
  std::string certificate{};
  std::string key{};
};

// --listen, --keys, --tls-certificate and --tls-key; gives the option of the certificate.
CLI::Option* AddEndpointOptions(CLI::App& command, AutoscalerEndpoint& endpoint);

// What is shown, and what clients need for it. Files are those of --keys: empty where a certificate
// was given, which is for the user to know.
struct ShownKeys {
  http::CertificatePair pair;
  std::string authority_file{};           // whom clients trust
  std::string client_certificate_file{};  // what a client may show, and its key
  std::string client_key_file{};
};
[[nodiscard]] Result<ShownKeys> KeysOf(const AutoscalerEndpoint& endpoint, const Clock& clock);

// What a user tells a service by signals. To be made before any thread begins: it takes them over.
class ServiceSignals {
 public:
  ServiceSignals();

  // What is done again and again meanwhile.
  struct Chore {
    Duration every{};
    std::function<void()> act;
  };

  // Until Ctrl-C or SIGTERM; calls `reload` at each SIGHUP.
  void WaitForEnd(const Clock& clock, const std::function<void()>& reload,
                  const std::optional<Chore>& chore = std::nullopt);

 private:
  std::uint64_t reloads_;  // before the other, which begins a thread
  std::stop_token stop_;
};

}  // namespace loadcurve
