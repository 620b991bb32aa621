#pragma once

#include "adapters/prometheus/container_cpu.h"
#include "adapters/prometheus/query_client.h"
#include "base/result.h"
#include "metrics/cpu_source.h"

namespace loadcurve::prometheus {

// The CPU of one workload's pods as cAdvisor counts it, their limit and how many were ready as
// kube-state-metrics tell; without these both are unknown.
class ContainerCpuSource final : public CpuSource {
 public:
  // The step of `options` is that of each Read.
  ContainerCpuSource(QueryClient client, ContainerCpuOptions options);

  // As ReadContainerCpu. A count of ready replicas stands where both ends of a window agree.
  // https://github.com/kubernetes/kube-state-metrics/blob/main/docs/metrics/workload/pod-metrics.md
  [[nodiscard]] Result<MeasuredCpu> Read(TimePoint since, TimePoint until, Duration step) override;

 private:
  [[nodiscard]] Result<void> AddReady(TimePoint since, TimePoint until, Duration step,
                                      MeasuredCpu& cpu) const;

  QueryClient client_;
  ContainerCpuOptions options_;
};

}  // namespace loadcurve::prometheus
