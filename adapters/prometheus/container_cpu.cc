#include "adapters/prometheus/container_cpu.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>
#include <utility>

#include "adapters/prometheus/whole_windows.h"
#include "base/time_text.h"

namespace loadcurve::prometheus {
namespace {

// At the 10 s of cAdvisor's own housekeeping 4,320 samples a series, of 11,000 allowed.
constexpr Duration kLongestPiece = std::chrono::hours(12);

constexpr std::string_view kUsage = "container_cpu_usage_seconds_total";

// A counter without its resets, in order of time.
using Counter = std::vector<FloatPoint>;

// The counter's increase since its first sample: where it fell it began at zero.
Counter WithoutResets(const std::vector<FloatPoint>& points) {
  Counter counter;
  double lost = 0;
  double last = 0;
  for (const FloatPoint& point : points) {
    if (!std::isfinite(point.value)) continue;
    if (point.value < last) lost += last;
    last = point.value;
    counter.push_back({point.time, point.value + lost});
  }
  return counter;
}

// Its value at a time between two samples that are no further apart than `longest_gap`.
std::optional<double> ValueAt(const Counter& counter, TimePoint time, Duration longest_gap) {
  const auto after =
      std::lower_bound(counter.begin(), counter.end(), time,
                       [](const FloatPoint& point, TimePoint t) { return point.time < t; });
  if (after == counter.end()) return std::nullopt;
  if (after->time == time) return after->value;
  if (after == counter.begin()) return std::nullopt;
  const FloatPoint& before = *std::prev(after);
  if (after->time - before.time > longest_gap) return std::nullopt;
  const double part = Seconds(time - before.time) / Seconds(after->time - before.time);
  return before.value + part * (after->value - before.value);
}

bool IsThereIn(const Counter& counter, TimePoint start, TimePoint end) {
  return !counter.empty() && counter.front().time < end && counter.back().time > start;
}

// By pod; absent of one whose containers were there for a part of the time only.
using PodIncreases = std::map<std::string, std::optional<double>>;

// One container of a pod, which may be scraped in two ways: /metrics/resource has it too.
using ContainerName = std::pair<std::string, std::string>;

class Counters {
 public:
  Counters(const QueryAnswer& answer, Duration longest_gap) : longest_gap_(longest_gap) {
    for (const TimeSeries& series : answer.series)
      counters_.emplace_back(
          ContainerName(LabelOf(series.labels, "pod"), LabelOf(series.labels, "container")),
          WithoutResets(series.points));
  }

  bool IsEmpty() const { return counters_.empty(); }

  PodIncreases Over(TimePoint start, TimePoint end) const {
    std::map<ContainerName, double> of_container;
    PodIncreases of_pod;
    for (const auto& [name, counter] : counters_) {
      const std::optional<double> at_start = ValueAt(counter, start, longest_gap_);
      const std::optional<double> at_end = ValueAt(counter, end, longest_gap_);
      if (at_start && at_end) {
        double& known = of_container[name];
        known = std::max(known, *at_end - *at_start);
      } else if (IsThereIn(counter, start, end)) {
        of_pod[name.first] = std::nullopt;
      }
    }
    for (const auto& [name, value] : of_container) {
      std::optional<double>& sum = of_pod.try_emplace(name.first, 0).first->second;
      if (sum) *sum += value;
    }
    return of_pod;
  }

 private:
  Duration longest_gap_;
  std::vector<std::pair<ContainerName, Counter>> counters_;
};

// Of all pods; nullopt where there is none, or one is known in part.
std::optional<double> SumOf(const PodIncreases& pods) {
  if (pods.empty()) return std::nullopt;
  double sum = 0;
  for (const auto& [name, value] : pods) {
    if (!value) return std::nullopt;
    sum += *value;
  }
  return sum;
}

// The least that a pod's containers have together.
Result<std::optional<CpuCores>> LeastOfPods(const QueryClient& client, std::string_view metric,
                                            const ContainerCpuOptions& options, TimePoint time) {
  std::vector<LabelMatcher> matchers = ContainersOf(options);
  matchers.push_back({"resource", MatchKind::kIs, "cpu"});
  LC_TRY(const QueryAnswer answer,
         client.At("min(sum by (pod) (" + SelectorText(metric, matchers) + "))", time));
  if (answer.series.empty() || answer.series[0].points.empty()) return std::nullopt;
  const double cores = answer.series[0].points[0].value;
  if (!std::isfinite(cores) || cores <= 0) return std::nullopt;
  return CpuCores(cores);
}

// The counters of one piece of a stretch.
struct Piece {
  Counters usage;
  Counters periods;
  Counters throttled;
};

Result<Counters> ReadCounters(const QueryClient& client, const ContainerCpuOptions& options,
                              std::string_view metric, TimePoint from, TimePoint to) {
  std::vector<LabelMatcher> matchers = ContainersOf(options);
  matchers.insert(matchers.end(), options.matchers.begin(), options.matchers.end());
  LC_TRY(const QueryAnswer answer,
         client.SamplesOf(SelectorText(metric, matchers), from - options.longest_gap,
                          to + options.longest_gap));
  return Counters(answer, options.longest_gap);
}

Result<Piece> ReadPiece(const QueryClient& client, const ContainerCpuOptions& options,
                        TimePoint from, TimePoint to) {
  const auto counters = [&](std::string_view metric) {
    return ReadCounters(client, options, metric, from, to);
  };
  LC_TRY(Counters usage, counters(kUsage));
  LC_TRY(Counters periods, counters("container_cpu_cfs_periods_total"));
  LC_TRY(Counters throttled, counters("container_cpu_cfs_throttled_periods_total"));
  return Piece{std::move(usage), std::move(periods), std::move(throttled)};
}

// The window (from, to]; nothing where its CPU is known in part only.
void AddWindow(const Piece& piece, TimePoint from, TimePoint to, ContainerCpu& cpu) {
  const PodIncreases of_pods = piece.usage.Over(from, to);
  const std::optional<double> used = SumOf(of_pods);
  if (!used) return;
  const auto ran = SumOf(piece.periods.Over(from, to));
  const auto held_back = SumOf(piece.throttled.Over(from, to));
  const bool is_throttled =
      ran && held_back && *held_back > 0 && *held_back >= kThrottledShare * *ran;
  cpu.samples.push_back({from, to, CpuCores(*used / Seconds(to - from)), is_throttled});
  cpu.pods.emplace_back(std::ssize(of_pods));
}

}  // namespace

std::vector<LabelMatcher> ContainersOf(const ContainerCpuOptions& options) {
  // The empty container is the pod as a whole, POD its pause container.
  std::string others = "|POD";
  for (const std::string& sidecar : options.sidecars) others += "|" + RegexLiteral(sidecar);
  std::vector<LabelMatcher> matchers = {{"namespace", MatchKind::kIs, "{namespace}"},
                                        {"pod", MatchKind::kMatches, "{pods}"},
                                        {"container", MatchKind::kDoesNotMatch, others}};
  return Filled(matchers, options.names);
}

Result<ContainerCpu> ReadContainerCpu(const QueryClient& client, const ContainerCpuOptions& options,
                                      TimePoint since, TimePoint until) {
  if (options.longest_gap <= Duration(0))
    return Fail(ErrorCode::kInvalidArgument,
                "the longest gap is " + ToString(options.longest_gap) + "; expected more than 0");
  LC_TRY(const WholeWindows windows, WholeWindowsIn(since, until, options.step));
  ContainerCpu cpu;
  bool is_known = false;
  const std::int64_t windows_a_piece = std::max<std::int64_t>(1, kLongestPiece / options.step);
  for (std::int64_t first = 0; first < windows.count; first += windows_a_piece) {
    const std::int64_t last = std::min(windows.count, first + windows_a_piece);
    LC_TRY(const Piece piece,
           ReadPiece(client, options, windows.StartOf(first), windows.StartOf(last)));
    is_known = is_known || !piece.usage.IsEmpty();
    for (std::int64_t window = first; window < last; ++window)
      AddWindow(piece, windows.StartOf(window), windows.StartOf(window + 1), cpu);
  }
  if (!is_known)
    return Fail(ErrorCode::kNotFound, "cAdvisor counts no " +
                                          SelectorText(kUsage, ContainersOf(options)) + " from " +
                                          ToRfc3339(since) + " to " + ToRfc3339(until));
  LC_TRY(cpu.limit, LeastOfPods(client, "kube_pod_container_resource_limits", options, until));
  LC_TRY(cpu.request, LeastOfPods(client, "kube_pod_container_resource_requests", options, until));
  return cpu;
}

Result<std::map<std::string, CpuCores>> ReadPodCpu(const QueryClient& client,
                                                   const ContainerCpuOptions& options,
                                                   TimePoint from, TimePoint to) {
  LC_TRY(const Counters usage, ReadCounters(client, options, kUsage, from, to));
  std::map<std::string, CpuCores> cores;
  for (const auto& [pod, used] : usage.Over(from, to))
    if (used) cores[pod] = CpuCores(*used / Seconds(to - from));
  return cores;
}

}  // namespace loadcurve::prometheus
