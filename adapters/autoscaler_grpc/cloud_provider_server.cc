#include "adapters/autoscaler_grpc/cloud_provider_server.h"

namespace loadcurve::autoscaler_grpc {
namespace {

// A pod comes with a request for its price; the API server takes no larger ones.
constexpr int kMaxMessageBytes = 4 * 1024 * 1024;

}  // namespace

Result<std::unique_ptr<CloudProviderServer>> CloudProviderServer::Start(
    CloudProviderOptions options, capacity::NodeGroups groups, const GroupSource& source,
    NodeGroupTurns::OnTurn on_turn) {
  if (options.client_ca_pem.empty())
    return Fail(ErrorCode::kInvalidArgument,
                "no authorities of clients; expected some, since whoever may call buys nodes");
  std::unique_ptr<CloudProviderServer> server(new CloudProviderServer(
      std::move(options.scheme), std::move(groups), source, std::move(on_turn)));
  LC_TRY(server->server_, rpc::GrpcServer::Start({.address = std::move(options.address),
                                                  .port = options.port,
                                                  .certificate = std::move(options.certificate),
                                                  .client_ca_pem = std::move(options.client_ca_pem),
                                                  .max_message_bytes = kMaxMessageBytes},
                                                 server->service_));
  return server;
}

void CloudProviderServer::UsePools(std::vector<capacity::CapacityOffer> pools) {
  turns_.With([&](auto& groups) { groups.UsePools(std::move(pools)); });
  turns_.Ask();
}

}  // namespace loadcurve::autoscaler_grpc
