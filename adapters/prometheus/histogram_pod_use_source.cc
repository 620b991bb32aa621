#include "adapters/prometheus/histogram_pod_use_source.h"

#include <utility>
#include <variant>

#include "metrics/load_aggregator.h"

namespace loadcurve::prometheus {

HistogramPodUseSource::HistogramPodUseSource(QueryClient client, PrometheusMetricSource requests,
                                             ContainerCpuOptions cpu_options)
    : client_(std::move(client)),
      requests_(std::move(requests)),
      cpu_options_(std::move(cpu_options)) {}

Result<HistogramPodUseSource> HistogramPodUseSource::Make(QueryClient client,
                                                          MetricSourceOptions options) {
  options.by_pod = true;
  ContainerCpuOptions cpu_options{.names = options.names, .step = options.step};
  LC_TRY(PrometheusMetricSource requests, PrometheusMetricSource::Make(client, std::move(options)));
  return HistogramPodUseSource(std::move(client), std::move(requests), std::move(cpu_options));
}

Result<std::map<std::string, PodUse>> HistogramPodUseSource::Read(TimePoint start,
                                                                  const RequestWeights& weights) {
  const TimePoint end = start + window();
  LC_TRY(const Measurement measured, requests_.Read(start, end));
  const auto& requests = std::get<MeasuredRequests>(measured);
  std::map<std::string, PodUse> pods;
  if (!requests.partial_windows.empty()) return pods;
  LC_TRY(const auto loads, MeasureLoad(
                               requests.counts, [&](const std::string&) { return &weights; },
                               LoadGrouping::kWorkload, Duration(0)));
  LC_TRY(const auto cpu, ReadPodCpu(client_, cpu_options_, start, end));
  for (const GroupLoad& pod : loads) {
    const auto used = cpu.find(pod.name);
    if (used == cpu.end() || !(used->second > CpuCores(0))) continue;
    for (const LoadSample& sample : pod.samples)
      if (sample.window_start == start && sample.load > MetricsQps(0))
        pods[pod.name] = {.load = sample.load, .cpu = used->second};
  }
  return pods;
}

}  // namespace loadcurve::prometheus
