#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "adapters/prometheus/query_client.h"
#include "adapters/prometheus/request_metric.h"
#include "base/result.h"
#include "base/units.h"
#include "metrics/cpu_sample.h"

namespace loadcurve::prometheus {

struct ContainerCpuOptions {
  WorkloadNames names;
  // Proxies and agents beside the service: what they burn is not the requests' cost.
  std::vector<std::string> sidecars = {"istio-proxy",  "istio-init",  "linkerd-proxy",
                                       "linkerd-init", "vault-agent", "kuma-sidecar"};
  // More matchers, where a counter is scraped twice: {metrics_path="/metrics/cadvisor"}.
  std::vector<LabelMatcher> matchers{};
  Duration step = std::chrono::minutes(1);
  // As of MetricSourceOptions.
  Duration longest_gap = std::chrono::seconds(150);
};

// From this share of the periods on in which anything ran, the quota counts as having held back.
inline constexpr double kThrottledShare = 0.05;

// Which containers of cAdvisor's and kube-state-metrics' are the workload's own.
std::vector<LabelMatcher> ContainersOf(const ContainerCpuOptions& options);

// The CPU of a workload's pods as cAdvisor counts it, for a calibration.
struct ContainerCpu {
  // One a window, of all pods together. A window in which a container came, went or was
  // silent is left out: its CPU is known in part.
  std::vector<CpuSample> samples{};
  // Pods of each sample; for a calibration they should be the same throughout.
  std::vector<Replicas> pods{};
  // Of one pod without its sidecars, where kube-state-metrics tell; the least of all pods.
  std::optional<CpuCores> limit{};
  std::optional<CpuCores> request{};
};

// Reads container_cpu_usage_seconds_total and container_cpu_cfs_[throttled_]periods_total
// over whole windows in [since, until), by their raw samples, in straight lines between
// them, and kube_pod_container_resource_{limits,requests} at `until`. A window is throttled
// where the quota held back at least a twentieth of the periods in which anything ran:
// garbage collectors reach a quota for single periods in services that have CPU to spare.
//
// kNotFound: cAdvisor knows no such container. kInvalidArgument: no whole window.
// https://github.com/google/cadvisor/blob/master/docs/storage/prometheus.md
// https://github.com/kubernetes/kube-state-metrics/blob/main/docs/metrics/workload/pod-metrics.md
[[nodiscard]] Result<ContainerCpu> ReadContainerCpu(const QueryClient& client,
                                                    const ContainerCpuOptions& options,
                                                    TimePoint since, TimePoint until);

// The CPU of each pod over (from, to], of those whose containers were there all the time.
[[nodiscard]] Result<std::map<std::string, CpuCores>> ReadPodCpu(const QueryClient& client,
                                                                 const ContainerCpuOptions& options,
                                                                 TimePoint from, TimePoint to);

}  // namespace loadcurve::prometheus
