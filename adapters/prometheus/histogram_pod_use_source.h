#pragma once

#include "adapters/prometheus/container_cpu.h"
#include "adapters/prometheus/prometheus_metric_source.h"
#include "adapters/prometheus/query_client.h"
#include "base/result.h"
#include "metrics/pod_use_source.h"

namespace loadcurve::prometheus {

// Requests as the histograms of the pods themselves count them, and CPU as cAdvisor does.
class HistogramPodUseSource final : public PodUseSource {
 public:
  // Windows are as long as the step of `options`, whose metric is reported by replicas
  // (Reporter::kReplica); kInvalidArgument as PrometheusMetricSource::Make.
  [[nodiscard]] static Result<HistogramPodUseSource> Make(QueryClient client,
                                                          MetricSourceOptions options);

  Duration window() const override { return cpu_options_.step; }
  [[nodiscard]] Result<std::map<std::string, PodUse>> Read(TimePoint start,
                                                           const RequestWeights& weights) override;

 private:
  HistogramPodUseSource(QueryClient client, PrometheusMetricSource requests,
                        ContainerCpuOptions cpu_options);

  QueryClient client_;
  PrometheusMetricSource requests_;
  ContainerCpuOptions cpu_options_;
};

}  // namespace loadcurve::prometheus
