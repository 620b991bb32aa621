#pragma once

#include <grpcpp/security/server_credentials.h>

#include <memory>
#include <mutex>
#include <string>

#include "adapters/http/certificates.h"

namespace loadcurve::rpc {

// What connections are greeted with, from the next one on.
struct ServerIdentity {
  http::CertificatePair pair{};
  std::string client_ca_pem{};  // empty: clients need no certificate
};

// Credentials of a gRPC server that can be replaced while it runs: each handshake asks for those
// of the moment. Whether a client needs a certificate is settled at the start. Thread-safe.
class ServerCredentials final : public grpc::ServerCredentials {
 public:
  explicit ServerCredentials(ServerIdentity identity);

  void Use(ServerIdentity identity);

  // Nobody is asked beside the TLS handshake.
  void SetAuthMetadataProcessor(const std::shared_ptr<grpc::AuthMetadataProcessor>&) override {}

 private:
  int AddPortToServer(const std::string& address, grpc_server* server) override;

  static grpc_ssl_certificate_config_reload_status Fetch(
      void* credentials, grpc_ssl_server_certificate_config** config);

  const bool asks_clients_;
  std::mutex mutex_;
  ServerIdentity identity_;
  bool is_new_ = true;
};

}  // namespace loadcurve::rpc
