#include "adapters/keda/scaler_server.h"

#include <utility>

#include "adapters/grpc/grpc_server.h"
#include "adapters/keda/scaler_service.h"

namespace loadcurve::keda {
namespace {

// A question is a few hundred bytes.
constexpr int kMaxMessageBytes = 64 * 1024;

}  // namespace

class ScalerServer::Core {
 public:
  Core(ReadMetric read, std::vector<std::string> metrics)
      : service_(std::move(read), std::move(metrics)) {}

  [[nodiscard]] Result<void> Start(const ScalerServerOptions& options) {
    LC_TRY(server_, rpc::GrpcServer::Start({.address = options.address,
                                            .port = options.port,
                                            .certificate = options.certificate,
                                            .client_ca_pem = options.client_ca_pem,
                                            .max_message_bytes = kMaxMessageBytes},
                                           service_));
    return {};
  }

  void Drain() {
    service_.Close();
    if (server_ != nullptr) server_->Drain();
  }

  rpc::GrpcServer& server() { return *server_; }
  void Refresh() { service_.Refresh(); }

 private:
  ScalerService service_;
  std::unique_ptr<rpc::GrpcServer> server_;
};

ScalerServer::ScalerServer(std::unique_ptr<Core> core) : core_(std::move(core)) {}

ScalerServer::~ScalerServer() {
  core_->Drain();
}

Result<std::unique_ptr<ScalerServer>> ScalerServer::Start(ScalerServerOptions options,
                                                          ReadMetric read) {
  auto core = std::make_unique<Core>(std::move(read), options.metrics);
  LC_TRY_VOID(core->Start(options));
  return std::unique_ptr<ScalerServer>(new ScalerServer(std::move(core)));
}

std::uint16_t ScalerServer::port() const {
  return core_->server().port();
}

Result<void> ScalerServer::UseCertificate(const http::CertificatePair& pair) {
  return core_->server().UseCertificate(pair);
}

void ScalerServer::Refresh() {
  core_->Refresh();
}

void ScalerServer::Drain() {
  core_->Drain();
}

}  // namespace loadcurve::keda
