#include "adapters/autoscaler_grpc/expander_server.h"

#include <utility>

namespace loadcurve::autoscaler_grpc {
namespace {

// What Cluster Autoscaler's client sends and takes at most.
constexpr int kMaxMessageBytes = 128 * 1024 * 1024;

}  // namespace

ExpanderServer::ExpanderServer(ExpanderServerOptions options)
    : service_(std::move(options.pools), std::move(options.on_answer)) {}

Result<std::unique_ptr<ExpanderServer>> ExpanderServer::Start(ExpanderServerOptions options) {
  rpc::GrpcServerOptions listening{.address = options.address,
                                   .port = options.port,
                                   .certificate = options.certificate,
                                   .max_message_bytes = kMaxMessageBytes};
  std::unique_ptr<ExpanderServer> server(new ExpanderServer(std::move(options)));
  LC_TRY(server->server_, rpc::GrpcServer::Start(std::move(listening), server->service_));
  return server;
}

}  // namespace loadcurve::autoscaler_grpc
