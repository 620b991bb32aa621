#pragma once

#include <grpcpp/create_channel.h>
#include <grpcpp/security/credentials.h>

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "adapters/autoscaler_grpc/expander_server.h"
#include "tests/adapters/autoscaler_grpc/expander_wire.h"

// What Cluster Autoscaler asks the expander, and the client with which it does.
namespace loadcurve::autoscaler_grpc {

inline capacity::CapacityOffer Pool(std::string name, double price) {
  capacity::CapacityOffer pool;
  pool.pool = std::move(name);
  pool.price = UsdPerHour(price);
  pool.allocatable = {CpuCores(8), Bytes(std::int64_t{32} << 30), 110};
  pool.most_nodes = 10;
  return pool;
}

// What a node of such a pool says of itself.
inline const Texts kSize = {{"cpu", "8"}, {"memory", "32Gi"}, {"pods", "110"}};

// Five hundred groups at different prices, group-0 the cheapest, and for each of them so many pods
// of 1.5 kB.
struct ManyOptions {
  explicit ManyOptions(int pod_count, Dialect dialect = Dialect::kBytes) {
    std::vector<std::string> pods;
    for (int i = 0; i < pod_count; ++i)
      pods.push_back(PodBytes("web-" + std::to_string(i), "500m", "1Gi") +
                     Field(3, std::string(1500, 'x')));
    std::vector<WireOption> options;
    for (int i = 0; i < 500; ++i) {
      const std::string name = "group-" + std::to_string(i);
      pools.push_back(Pool(name, 1 + 0.001 * ((i * 7) % 500)));
      options.push_back({name, 7, pods, NodeBytes(name, {}, kSize)});
    }
    is_read = request.ParseFromString(RequestBytes(options, dialect));
  }

  std::vector<capacity::CapacityOffer> pools;
  grpcplugin::BestOptionsRequest request;
  bool is_read = false;
};

// TLS by an authority, no certificate of its own, answers of up to 128 MiB.
inline std::unique_ptr<grpcplugin::Expander::Stub> AutoscalerClient(
    const ExpanderServer& server, const http::CertificatePair& authority) {
  grpc::ChannelArguments arguments;
  arguments.SetMaxReceiveMessageSize(128 * 1024 * 1024);
  return grpcplugin::Expander::NewStub(grpc::CreateCustomChannel(
      "127.0.0.1:" + std::to_string(server.port()),
      grpc::SslCredentials({authority.certificate_pem, "", ""}), arguments));
}

}  // namespace loadcurve::autoscaler_grpc
