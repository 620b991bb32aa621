#pragma once

#include <grpcpp/support/server_callback.h>

#include <string>
#include <vector>

#include "adapters/keda/activity_streams.h"
#include "adapters/keda/external_scaler.grpc.pb.h"
#include "adapters/keda/metric_values.h"

namespace loadcurve::keda {

// Answers KEDA from memory. Thread-safe.
class ScalerService final : public externalscaler::ExternalScaler::CallbackService {
 public:
  // `metrics`: all that may be asked for, the count of replicas first. `read` is called by many
  // threads.
  ScalerService(ReadMetric read, std::vector<std::string> metrics);

  // After each step of the loop, and before the server shuts down.
  void Refresh() { streams_.Refresh(); }
  void Close() { streams_.Close(); }

 private:
  using Context = grpc::CallbackServerContext;
  using Ref = externalscaler::ScaledObjectRef;

  grpc::ServerUnaryReactor* IsActive(Context* context, const Ref* ref,
                                     externalscaler::IsActiveResponse* response) override;
  grpc::ServerWriteReactor<externalscaler::IsActiveResponse>* StreamIsActive(
      Context* context, const Ref* ref) override;
  // Says nothing of the profile: the HPA that KEDA makes of it must not depend on who started
  // first.
  grpc::ServerUnaryReactor* GetMetricSpec(Context* context, const Ref* ref,
                                          externalscaler::GetMetricSpecResponse* response) override;
  grpc::ServerUnaryReactor* GetMetrics(Context* context,
                                       const externalscaler::GetMetricsRequest* request,
                                       externalscaler::GetMetricsResponse* response) override;

  // False only where the decision itself is zero replicas.
  [[nodiscard]] Result<bool> IsWanted(const MetricRequest& request) const;
  [[nodiscard]] Result<bool> Activity(const Ref& ref) const;
  [[nodiscard]] Result<void> Measure(const externalscaler::GetMetricsRequest& request,
                                     externalscaler::GetMetricsResponse& response) const;

  const ReadMetric read_;
  const std::vector<std::string> metrics_;
  ActivityStreams streams_;
};

}  // namespace loadcurve::keda
