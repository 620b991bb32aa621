#include "adapters/grpc/grpc_server.h"

#include <fmt/format.h>
#include <grpc/support/time.h>
#include <grpcpp/server.h>
#include <grpcpp/server_builder.h>

#include <utility>

#include "adapters/grpc/server_credentials.h"

namespace loadcurve::rpc {
namespace {

// Answers come from memory; a client that does not take its own is left behind.
constexpr int kDrainSeconds = 5;

std::string AddressOf(const GrpcServerOptions& options) {
  const bool is_v6 = options.address.find(':') != std::string::npos;
  return fmt::format(fmt::runtime(is_v6 ? "[{}]:{}" : "{}:{}"), options.address, options.port);
}

}  // namespace

class GrpcServer::Core {
 public:
  explicit Core(GrpcServerOptions options)
      : options_(std::move(options)),
        credentials_(std::make_shared<ServerCredentials>(
            ServerIdentity{options_.certificate, options_.client_ca_pem})) {}

  [[nodiscard]] Result<void> Start(grpc::Service& service) {
    grpc::ServerBuilder builder;
    builder.AddListeningPort(AddressOf(options_), credentials_, &port_);
    builder.AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);
    builder.SetMaxReceiveMessageSize(options_.max_message_bytes);
    builder.RegisterService(&service);
    server_ = builder.BuildAndStart();
    if (server_ == nullptr || port_ == 0)
      return Fail(ErrorCode::kUnavailable,
                  fmt::format("cannot listen on {}: is the address ours, and the port free?",
                              AddressOf(options_)));
    return {};
  }

  void Use(const http::CertificatePair& pair) {
    credentials_->Use(ServerIdentity{pair, options_.client_ca_pem});
  }

  void Drain() {
    if (server_ == nullptr) return;
    server_->Shutdown(gpr_time_from_seconds(kDrainSeconds, GPR_TIMESPAN));
    server_.reset();
  }

  int port() const { return port_; }

 private:
  const GrpcServerOptions options_;
  const std::shared_ptr<ServerCredentials> credentials_;
  int port_ = 0;
  std::unique_ptr<grpc::Server> server_;
};

GrpcServer::GrpcServer(std::unique_ptr<Core> core) : core_(std::move(core)) {}

GrpcServer::~GrpcServer() {
  core_->Drain();
}

Result<std::unique_ptr<GrpcServer>> GrpcServer::Start(GrpcServerOptions options,
                                                      grpc::Service& service) {
  LC_TRY_VOID(http::CheckPair(options.certificate));
  if (!options.client_ca_pem.empty()) {
    const auto authority = http::FactsOf(options.client_ca_pem);
    if (!authority) return Within("authorities of clients", authority.error());
  }
  auto core = std::make_unique<Core>(std::move(options));
  LC_TRY_VOID(core->Start(service));
  return std::unique_ptr<GrpcServer>(new GrpcServer(std::move(core)));
}

std::uint16_t GrpcServer::port() const {
  return static_cast<std::uint16_t>(core_->port());
}

Result<void> GrpcServer::UseCertificate(const http::CertificatePair& pair) {
  LC_TRY_VOID(http::CheckPair(pair));
  core_->Use(pair);
  return {};
}

void GrpcServer::Drain() {
  core_->Drain();
}

}  // namespace loadcurve::rpc
