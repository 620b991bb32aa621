#include "adapters/prometheus/container_cpu_source.h"

#include <cmath>
#include <map>
#include <utility>

#include "adapters/prometheus/selector.h"

namespace loadcurve::prometheus {

ContainerCpuSource::ContainerCpuSource(QueryClient client, ContainerCpuOptions options)
    : client_(std::move(client)), options_(std::move(options)) {}

Result<MeasuredCpu> ContainerCpuSource::Read(TimePoint since, TimePoint until, Duration step) {
  ContainerCpuOptions options = options_;
  options.step = step;
  LC_TRY(ContainerCpu found, ReadContainerCpu(client_, options, since, until));
  MeasuredCpu cpu{std::move(found.samples), found.limit};
  for (std::size_t i = 0; i < cpu.samples.size(); ++i) cpu.samples[i].replicas = found.pods[i];
  if (cpu.samples.empty()) return cpu;
  LC_TRY_VOID(AddReady(cpu.samples.front().from, cpu.samples.back().to, step, cpu));
  return cpu;
}

Result<void> ContainerCpuSource::AddReady(TimePoint since, TimePoint until, Duration step,
                                          MeasuredCpu& cpu) const {
  const std::vector<LabelMatcher> matchers = {{"namespace", MatchKind::kIs, "{namespace}"},
                                              {"pod", MatchKind::kMatches, "{pods}"},
                                              {"condition", MatchKind::kIs, "true"}};
  const std::string ready =
      "sum(" + SelectorText("kube_pod_status_ready", Filled(matchers, options_.names)) + ")";
  LC_TRY(const QueryAnswer answer, client_.Over(ready, {since, until, step}));
  if (answer.series.empty()) return {};
  std::map<TimePoint, Replicas> at;
  for (const FloatPoint& point : answer.series.front().points) {
    if (std::isfinite(point.value)) at[point.time] = Replicas(std::llround(point.value));
  }
  for (CpuSample& sample : cpu.samples) {
    const auto from = at.find(sample.from);
    const auto to = at.find(sample.to);
    if (from != at.end() && to != at.end() && from->second == to->second)
      sample.ready = from->second;
  }
  return {};
}

}  // namespace loadcurve::prometheus
