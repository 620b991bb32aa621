#include "adapters/prometheus/container_usage_source.h"

#include <cmath>
#include <map>
#include <string>
#include <string_view>
#include <utility>

#include "adapters/prometheus/selector.h"
#include "base/time_text.h"

namespace loadcurve::prometheus {
namespace {

// By container, then by the end of the window.
using Values = std::map<std::string, std::map<TimePoint, double>>;

Values ValuesOf(const QueryAnswer& answer) {
  Values values;
  for (const TimeSeries& series : answer.series) {
    auto& of_container = values[std::string(LabelOf(series.labels, "container"))];
    for (const FloatPoint& point : series.points)
      if (std::isfinite(point.value)) of_container[point.time] = point.value;
  }
  return values;
}

std::optional<double> At(const Values& values, const std::string& container, TimePoint time) {
  const auto of_container = values.find(container);
  if (of_container == values.end()) return std::nullopt;
  const auto found = of_container->second.find(time);
  return found == of_container->second.end() ? std::nullopt : std::optional(found->second);
}

Bytes Whole(double bytes) {
  return Bytes(std::llround(bytes));
}

// "(metric)" or "function(metric[300000ms])" of the workload's containers.
class Questions {
 public:
  Questions(const ContainerCpuOptions& options, Duration step)
      : matchers_(ContainersOf(options)),
        range_("[" +
               std::to_string(std::chrono::duration_cast<std::chrono::milliseconds>(step).count()) +
               "ms]") {
    matchers_.insert(matchers_.end(), options.matchers.begin(), options.matchers.end());
  }

  std::string Over(std::string_view function, std::string_view metric) const {
    return std::string(function) + "(" + SelectorText(metric, matchers_) + range_ + ")";
  }

  // Containers that are scraped in two ways count once.
  std::string Used() const {
    return "max by (pod, container) (" + Over("rate", "container_cpu_usage_seconds_total") + ")";
  }

 private:
  std::vector<LabelMatcher> matchers_;
  std::string range_;
};

std::string ByContainer(std::string_view function, const std::string& expression) {
  return std::string(function) + " by (container) (" + expression + ")";
}

}  // namespace

ContainerUsageSource::ContainerUsageSource(QueryClient client, ContainerCpuOptions options)
    : client_(std::move(client)), options_(std::move(options)) {}

Result<MeasuredUsage> ContainerUsageSource::Read(TimePoint since, TimePoint until, Duration step) {
  if (step <= Duration(0) || until - since < step)
    return Fail(ErrorCode::kInvalidArgument, "no window of " + ToString(step) + " lies from " +
                                                 ToRfc3339(since) + " to " + ToRfc3339(until));
  const Questions questions(options_, step);
  const QueryRange range{since + step, since + (until - since) / step * step, step};
  const auto ask = [&](const std::string& expression) -> Result<Values> {
    LC_TRY(const QueryAnswer answer, client_.Over(expression, range));
    return ValuesOf(answer);
  };
  LC_TRY(const Values mean, ask(ByContainer("avg", questions.Used())));
  if (mean.empty())
    return Fail(ErrorCode::kNotFound,
                "cAdvisor counts no " +
                    SelectorText("container_cpu_usage_seconds_total", ContainersOf(options_)) +
                    " from " + ToRfc3339(since) + " to " + ToRfc3339(until));
  LC_TRY(const Values highest, ask(ByContainer("max", questions.Used())));
  LC_TRY(const Values count, ask(ByContainer("count", questions.Used())));
  LC_TRY(const Values memory,
         ask(ByContainer("max",
                         questions.Over("max_over_time", "container_memory_working_set_bytes"))));
  LC_TRY(const Values throttled,
         ask(ByContainer(
             "max", questions.Over("rate", "container_cpu_cfs_throttled_periods_total") + " / " +
                        questions.Over("rate", "container_cpu_cfs_periods_total"))));
  MeasuredUsage usage;
  for (const auto& [container, of_container] : mean) {
    ContainerUsage& told = usage.containers.emplace_back(ContainerUsage{.name = container});
    for (const auto& [to, cpu] : of_container) {
      const auto most = At(highest, container, to);
      const auto replicas = At(count, container, to);
      const auto bytes = At(memory, container, to);
      if (!most || !replicas || !bytes || *replicas < 1) continue;
      told.windows.push_back(
          {.from = to - step,
           .to = to,
           .replicas = Replicas(std::llround(*replicas)),
           .cpu = CpuCores(cpu),
           .cpu_highest = CpuCores(*most),
           .memory_highest = Whole(*bytes),
           .is_throttled = At(throttled, container, to).value_or(0) >= kThrottledShare});
    }
  }
  std::erase_if(usage.containers, [](const auto& told) { return told.windows.empty(); });
  LC_TRY(usage.resources, ResourcesAt(until));
  return usage;
}

Result<std::vector<ContainerResources>> ContainerUsageSource::ResourcesAt(TimePoint time) const {
  std::map<std::string, ContainerResources> known;
  for (const bool is_limit : {false, true}) {
    const std::string metric =
        is_limit ? "kube_pod_container_resource_limits" : "kube_pod_container_resource_requests";
    LC_TRY(const QueryAnswer answer,
           client_.At("max by (container, resource) (" +
                          SelectorText(metric, ContainersOf(options_)) + ")",
                      time));
    for (const TimeSeries& series : answer.series) {
      const std::string name(LabelOf(series.labels, "container"));
      const std::string_view resource = LabelOf(series.labels, "resource");
      if (series.points.empty() || !(series.points.back().value > 0)) continue;
      const double value = series.points.back().value;
      ContainerResources& container = known[name];
      container.name = name;
      if (resource == "cpu")
        (is_limit ? container.cpu_limit : container.cpu_request) = CpuCores(value);
      if (resource == "memory")
        (is_limit ? container.memory_limit : container.memory_request) = Whole(value);
    }
  }
  std::vector<ContainerResources> resources;
  for (auto& [name, container] : known) resources.push_back(std::move(container));
  return resources;
}

}  // namespace loadcurve::prometheus
