#include "adapters/keda/scaler_server.h"

#include <fmt/format.h>
#include <grpc/support/time.h>
#include <grpcpp/server.h>
#include <grpcpp/server_builder.h>

#include <utility>

#include "adapters/keda/scaler_service.h"
#include "adapters/keda/server_credentials.h"

namespace loadcurve::keda {
namespace {

// A question is a few hundred bytes.
constexpr int kMaxMessageBytes = 64 * 1024;
// Answers come from memory; a client that does not take its own is left behind.
constexpr int kDrainSeconds = 5;

std::string AddressOf(const ScalerServerOptions& options) {
  const bool is_v6 = options.address.find(':') != std::string::npos;
  return fmt::format(fmt::runtime(is_v6 ? "[{}]:{}" : "{}:{}"), options.address, options.port);
}

}  // namespace

class ScalerServer::Core {
 public:
  Core(ScalerServerOptions options, ReadMetric read)
      : options_(std::move(options)),
        credentials_(std::make_shared<ServerCredentials>(
            ServerIdentity{options_.certificate, options_.client_ca_pem})),
        service_(std::move(read), options_.metrics) {}

  [[nodiscard]] Result<void> Start() {
    grpc::ServerBuilder builder;
    builder.AddListeningPort(AddressOf(options_), credentials_, &port_);
    builder.AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);
    builder.SetMaxReceiveMessageSize(kMaxMessageBytes);
    builder.RegisterService(&service_);
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
    service_.Close();
    if (server_ == nullptr) return;
    server_->Shutdown(gpr_time_from_seconds(kDrainSeconds, GPR_TIMESPAN));
    server_.reset();
  }

  int port() const { return port_; }
  void Refresh() { service_.Refresh(); }

 private:
  const ScalerServerOptions options_;
  const std::shared_ptr<ServerCredentials> credentials_;
  ScalerService service_;
  int port_ = 0;
  std::unique_ptr<grpc::Server> server_;
};

ScalerServer::ScalerServer(std::unique_ptr<Core> core) : core_(std::move(core)) {}

ScalerServer::~ScalerServer() {
  core_->Drain();
}

Result<std::unique_ptr<ScalerServer>> ScalerServer::Start(ScalerServerOptions options,
                                                          ReadMetric read) {
  LC_TRY_VOID(http::CheckPair(options.certificate));
  if (!options.client_ca_pem.empty()) {
    const auto authority = http::FactsOf(options.client_ca_pem);
    if (!authority) return Within("authorities of clients", authority.error());
  }
  auto core = std::make_unique<Core>(std::move(options), std::move(read));
  LC_TRY_VOID(core->Start());
  return std::unique_ptr<ScalerServer>(new ScalerServer(std::move(core)));
}

std::uint16_t ScalerServer::port() const {
  return static_cast<std::uint16_t>(core_->port());
}

Result<void> ScalerServer::UseCertificate(const http::CertificatePair& pair) {
  LC_TRY_VOID(http::CheckPair(pair));
  core_->Use(pair);
  return {};
}

void ScalerServer::Refresh() {
  core_->Refresh();
}

void ScalerServer::Drain() {
  core_->Drain();
}

}  // namespace loadcurve::keda
