#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "adapters/autoscaler_grpc/expander_service.h"
#include "adapters/grpc/grpc_server.h"
#include "adapters/http/certificates.h"
#include "base/result.h"

namespace loadcurve::autoscaler_grpc {

struct ExpanderServerOptions {
  std::string address = "127.0.0.1";
  std::uint16_t port = 0;
  http::CertificatePair certificate{};
  std::vector<capacity::CapacityOffer> pools{};
  ExpanderService::OnAnswer on_answer{};
};

// Cluster Autoscaler's external expander, over gRPC with TLS. It shows no certificate of its own,
// so that none can be asked for: who may call is for a NetworkPolicy. Thread-safe.
class ExpanderServer {
 public:
  // Listens and answers from then on; errors as rpc::GrpcServer::Start.
  [[nodiscard]] static Result<std::unique_ptr<ExpanderServer>> Start(ExpanderServerOptions options);

  std::uint16_t port() const { return server_->port(); }
  [[nodiscard]] Result<void> UseCertificate(const http::CertificatePair& pair) {
    return server_->UseCertificate(pair);
  }
  void UsePools(std::vector<capacity::CapacityOffer> pools) { service_.UsePools(std::move(pools)); }
  void Drain() { server_->Drain(); }

 private:
  explicit ExpanderServer(ExpanderServerOptions options);

  ExpanderService service_;
  std::unique_ptr<rpc::GrpcServer> server_;
};

}  // namespace loadcurve::autoscaler_grpc
