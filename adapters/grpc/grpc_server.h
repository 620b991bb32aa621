#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "adapters/http/certificates.h"
#include "base/result.h"

namespace grpc {
class Service;
}  // namespace grpc

namespace loadcurve::rpc {

struct GrpcServerOptions {
  std::string address = "127.0.0.1";  // an IP address of this machine; "::" is all of them
  std::uint16_t port = 0;             // 0: the kernel's choice
  http::CertificatePair certificate{};
  // Authorities of the certificates that clients must show, PEM; empty: none is asked for.
  std::string client_ca_pem{};
  int max_message_bytes = 64 * 1024;
};

// A gRPC server of one service, with TLS 1.2 or newer, and never without TLS. Thread-safe.
class GrpcServer {
 public:
  // Listens and answers from then on; `service` outlives it. kUnavailable where the address is
  // taken or not ours, kInvalidArgument where the certificate or the authorities are of no use.
  [[nodiscard]] static Result<std::unique_ptr<GrpcServer>> Start(GrpcServerOptions options,
                                                                 grpc::Service& service);
  // As Drain.
  ~GrpcServer();
  GrpcServer(const GrpcServer&) = delete;
  GrpcServer& operator=(const GrpcServer&) = delete;

  std::uint16_t port() const;

  // Connections from now on see this certificate; those that stand keep theirs. An error
  // (kInvalidArgument) leaves the one before in force.
  [[nodiscard]] Result<void> UseCertificate(const http::CertificatePair& pair);

  // Lets calls under way be answered, takes no more. Idempotent.
  void Drain();

 private:
  class Core;
  explicit GrpcServer(std::unique_ptr<Core> core);

  std::unique_ptr<Core> core_;
};

}  // namespace loadcurve::rpc
