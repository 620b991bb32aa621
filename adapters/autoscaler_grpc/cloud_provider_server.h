#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "adapters/autoscaler_grpc/cloud_provider_service.h"
#include "adapters/autoscaler_grpc/node_group_turns.h"
#include "adapters/grpc/grpc_server.h"
#include "base/result.h"

namespace loadcurve::autoscaler_grpc {

struct CloudProviderOptions {
  std::string address = "127.0.0.1";
  std::uint16_t port = 0;
  http::CertificatePair certificate{};
  std::string client_ca_pem{};  // authorities of the certificates that clients must show
  std::string scheme;           // of provider ids, as "aws"
};

// Cluster Autoscaler's external cloud provider, over gRPC with TLS. Who may call it buys nodes: it
// never listens without asking for a certificate. Thread-safe.
class CloudProviderServer {
 public:
  // Listens, looks at what nodes there are, and answers from then on; errors as
  // rpc::GrpcServer::Start, and kInvalidArgument where no authorities are given.
  [[nodiscard]] static Result<std::unique_ptr<CloudProviderServer>> Start(
      CloudProviderOptions options, capacity::NodeGroups groups, const GroupSource& source,
      NodeGroupTurns::OnTurn on_turn);

  std::uint16_t port() const { return server_->port(); }
  [[nodiscard]] Result<void> UseCertificate(const http::CertificatePair& pair) {
    return server_->UseCertificate(pair);
  }
  void UsePools(std::vector<capacity::CapacityOffer> pools);
  void Drain() { server_->Drain(); }

 private:
  CloudProviderServer(std::string scheme, capacity::NodeGroups groups, const GroupSource& source,
                      NodeGroupTurns::OnTurn on_turn)
      : turns_(std::move(groups), source, std::move(on_turn)),
        service_(turns_, std::move(scheme)) {}

  NodeGroupTurns turns_;
  CloudProviderService service_;
  std::unique_ptr<rpc::GrpcServer> server_;  // the first to end
};

}  // namespace loadcurve::autoscaler_grpc
