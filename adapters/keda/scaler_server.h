#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "adapters/http/certificates.h"
#include "adapters/keda/metric_values.h"
#include "base/result.h"

namespace loadcurve::keda {

struct ScalerServerOptions {
  std::string address = "127.0.0.1";  // an IP address of this machine; "::" is all of them
  std::uint16_t port = 0;             // 0: the kernel's choice
  // All that may be asked for, the count of replicas first.
  std::vector<std::string> metrics{};
  http::CertificatePair certificate{};
  // Authorities of the certificates that clients must show, PEM; empty: none is asked for.
  std::string client_ca_pem{};
};

// KEDA's external scaler, over gRPC with TLS 1.2 or newer, and never without TLS. Thread-safe.
class ScalerServer {
 public:
  // Listens and answers from then on. kUnavailable where the address is taken or not ours,
  // kInvalidArgument where the certificate or the authorities are of no use.
  [[nodiscard]] static Result<std::unique_ptr<ScalerServer>> Start(ScalerServerOptions options,
                                                                   ReadMetric read);
  // As Drain.
  ~ScalerServer();
  ScalerServer(const ScalerServer&) = delete;
  ScalerServer& operator=(const ScalerServer&) = delete;

  std::uint16_t port() const;

  // Connections from now on see this certificate; those that stand keep theirs. An error
  // (kInvalidArgument) leaves the one before in force.
  [[nodiscard]] Result<void> UseCertificate(const http::CertificatePair& pair);

  // Tells the callers of StreamIsActive what has changed; to be called after each step of the
  // loop.
  void Refresh();

  // Ends the streams, lets calls under way be answered, takes no more. Idempotent.
  void Drain();

 private:
  class Core;
  explicit ScalerServer(std::unique_ptr<Core> core);

  std::unique_ptr<Core> core_;
};

}  // namespace loadcurve::keda
