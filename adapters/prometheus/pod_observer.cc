#include "adapters/prometheus/pod_observer.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <map>
#include <optional>
#include <string_view>
#include <vector>

#include "adapters/prometheus/selector.h"
#include "base/time_text.h"

namespace loadcurve::prometheus {
namespace {

// Two scrapes of a minute, the longest interval that is in use.
constexpr Duration kLookback = std::chrono::minutes(2);

constexpr std::string_view kCpu = "container_cpu_usage_seconds_total";
constexpr std::string_view kThrottled = "container_cpu_cfs_throttled_seconds_total";
constexpr std::string_view kMemory = "container_memory_working_set_bytes";
constexpr std::string_view kThreads = "container_threads";
constexpr std::string_view kQuota = "container_spec_cpu_quota";
constexpr std::string_view kPeriod = "container_spec_cpu_period";
constexpr std::string_view kMemoryLimit = "container_spec_memory_limit_bytes";
constexpr std::string_view kBegan = "container_start_time_seconds";
constexpr std::string_view kLimits = "kube_pod_container_resource_limits";

// A container's series of one metric: the one with the latest sample. One that was replaced is
// still among the samples of two minutes, and some are scraped in two ways.
using Metrics = std::map<std::string, const TimeSeries*, std::less<>>;

std::optional<double> LatestOf(const Metrics& metrics, std::string_view name) {
  const auto found = metrics.find(name);
  if (found == metrics.end()) return std::nullopt;
  const double value = found->second->points.back().value;
  return std::isfinite(value) ? std::optional(value) : std::nullopt;
}

// A sum at a time not behind its last sample; before the first, the first.
double ValueAt(const std::vector<FloatPoint>& points, TimePoint time) {
  const auto after =
      std::lower_bound(points.begin(), points.end(), time,
                       [](const FloatPoint& point, TimePoint t) { return point.time < t; });
  if (after == points.end()) return points.back().value;
  if (after == points.begin() || after->time == time) return after->value;
  const FloatPoint& before = *std::prev(after);
  if (after->value < before.value) return after->value;
  const double part = Seconds(time - before.time) / Seconds(after->time - before.time);
  return before.value + part * (after->value - before.value);
}

std::map<std::string, Metrics> ByContainer(const QueryAnswer& answer) {
  std::map<std::string, Metrics> containers;
  for (const TimeSeries& series : answer.series) {
    if (series.points.empty()) continue;
    std::string metric(LabelOf(series.labels, "__name__"));
    if (metric == kLimits) metric += LabelOf(series.labels, "resource");
    auto& known = containers[std::string(LabelOf(series.labels, "container"))][metric];
    if (known == nullptr || known->points.back().time < series.points.back().time) known = &series;
  }
  // A container of which only the limits are known has not run.
  std::erase_if(containers, [](const auto& one) { return !one.second.contains(kCpu); });
  return containers;
}

std::optional<double> CoresOf(const Metrics& metrics) {
  if (const auto told = LatestOf(metrics, std::string(kLimits) + "cpu")) return told;
  const auto quota = LatestOf(metrics, kQuota);
  const auto period = LatestOf(metrics, kPeriod);
  if (!quota || !period || *quota <= 0 || *period <= 0) return std::nullopt;
  return *quota / *period;
}

std::optional<double> MemoryLimitOf(const Metrics& metrics) {
  if (const auto told = LatestOf(metrics, std::string(kLimits) + "memory")) return told;
  const auto bytes = LatestOf(metrics, kMemoryLimit);
  constexpr double kNoLimit = 1e18;  // of version 1 of control groups
  return bytes && *bytes > 0 && *bytes < kNoLimit ? bytes : std::nullopt;
}

// Adds up what `read` gives of each container; nothing where one has none.
template <class Read>
std::optional<double> Sum(const std::map<std::string, Metrics>& containers, Read read) {
  double sum = 0;
  for (const auto& [name, metrics] : containers) {
    const std::optional<double> value = read(metrics);
    if (!value) return std::nullopt;
    sum += *value;
  }
  return sum;
}

template <class Read>
std::optional<std::uint64_t> WholeSum(const std::map<std::string, Metrics>& containers, Read read) {
  const std::optional<double> sum = Sum(containers, read);
  return sum ? std::optional(static_cast<std::uint64_t>(*sum)) : std::nullopt;
}

// The containers that run, by their names, ids and starts.
std::uint64_t StartOf(const std::map<std::string, Metrics>& containers) {
  std::string text;
  for (const auto& [name, metrics] : containers) {
    text += name + "\n" + std::string(LabelOf(metrics.find(kCpu)->second->labels, "id")) + "\n" +
            std::to_string(LatestOf(metrics, kBegan).value_or(0)) + "\n";
  }
  return std::hash<std::string>()(text);
}

}  // namespace

std::string PodObserver::Selector() const {
  std::string names;
  for (const std::string_view name :
       {kCpu, kThrottled, kMemory, kThreads, kQuota, kPeriod, kMemoryLimit, kBegan, kLimits})
    names += (names.empty() ? "" : "|") + std::string(name);
  // The empty container is the pod as a whole, POD its pause container.
  const LabelMatcher container = pod_.container.empty()
                                     ? LabelMatcher{"container", MatchKind::kDoesNotMatch, "|POD"}
                                     : LabelMatcher{"container", MatchKind::kIs, pod_.container};
  const std::vector<LabelMatcher> matchers = {{"__name__", MatchKind::kMatches, names},
                                              {"namespace", MatchKind::kIs, pod_.namespace_name},
                                              {"pod", MatchKind::kIs, pod_.name},
                                              container};
  return SelectorText("", matchers);
}

Result<ReplicaObservation> PodObserver::Observe() {
  const TimePoint now = clock_.Now();
  LC_TRY(const QueryAnswer answer, client_.SamplesOf(Selector(), now - kLookback, now));
  if (!answer.warnings.empty())
    return Fail(ErrorCode::kUnavailable, "the answer of Prometheus on pod " + pod_.namespace_name +
                                             "/" + pod_.name +
                                             " may not be whole: " + answer.warnings.front());
  const auto containers = ByContainer(answer);
  if (containers.empty())
    return Fail(ErrorCode::kUnavailable, "Prometheus has no " + std::string(kCpu) + " of pod " +
                                             pod_.namespace_name + "/" + pod_.name +
                                             " of the last " + ToString(kLookback));
  TimePoint at = now;
  for (const auto& [name, metrics] : containers)
    at = std::min(at, metrics.find(kCpu)->second->points.back().time);
  const auto sum_at = [at](std::string_view metric) {
    return [at, metric](const Metrics& metrics) -> std::optional<double> {
      const auto found = metrics.find(metric);
      if (found == metrics.end()) return std::nullopt;
      return ValueAt(found->second->points, at);
    };
  };
  const auto latest = [](std::string_view metric) {
    return [metric](const Metrics& metrics) { return LatestOf(metrics, metric); };
  };
  return ReplicaObservation{.at = at,
                            .cpu_seconds = Sum(containers, sum_at(kCpu)),
                            .throttled_seconds = Sum(containers, sum_at(kThrottled)),
                            .cpu_limit_cores = Sum(containers, CoresOf),
                            .memory_bytes = WholeSum(containers, latest(kMemory)),
                            .memory_limit_bytes = WholeSum(containers, MemoryLimitOf),
                            .threads = Sum(containers, latest(kThreads)),
                            .start_id = StartOf(containers)};
}

}  // namespace loadcurve::prometheus
