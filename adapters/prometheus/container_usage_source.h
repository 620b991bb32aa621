#pragma once

#include "adapters/prometheus/container_cpu.h"
#include "adapters/prometheus/query_client.h"
#include "base/result.h"
#include "metrics/usage_source.h"

namespace loadcurve::prometheus {

// CPU and memory of the containers of one workload as cAdvisor counts them
// (container_cpu_usage_seconds_total, container_memory_working_set_bytes, and the periods that the
// quota held back), and what they ask for as kube-state-metrics tell; without these that is
// unknown. The server does the sums: one series a container comes back for each of five queries.
// https://github.com/google/cadvisor/blob/master/docs/storage/prometheus.md
class ContainerUsageSource final : public UsageSource {
 public:
  // The step of `options` is that of each Read.
  ContainerUsageSource(QueryClient client, ContainerCpuOptions options);

  // A window for which CPU or memory is not told is left out. kNotFound where cAdvisor knows no
  // such container; kInvalidArgument where no window fits.
  [[nodiscard]] Result<MeasuredUsage> Read(TimePoint since, TimePoint until,
                                           Duration step) override;

 private:
  [[nodiscard]] Result<std::vector<ContainerResources>> ResourcesAt(TimePoint time) const;

  QueryClient client_;
  ContainerCpuOptions options_;
};

}  // namespace loadcurve::prometheus
