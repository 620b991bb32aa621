#include "cmd/capacity_evidence.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <memory>
#include <set>
#include <utility>
#include <variant>

#include "adapters/cpu_log/cpu_file.h"
#include "adapters/http/curl_transport.h"
#include "adapters/store/sqlite_history_store.h"
#include "base/clock.h"
#include "base/time_text.h"
#include "cmd/cpu_samples.h"
#include "cmd/ready_counts.h"
#include "cmd/source_factory.h"
#include "cmd/stored_history.h"
#include "metrics/capacity/tightest_memory.h"

namespace loadcurve {
namespace {

struct Span {
  std::optional<TimePoint> since;
  std::optional<TimePoint> until;
};

std::string NamesOf(const std::set<std::string>& names) {
  std::string text;
  for (const std::string& name : names) text += (text.empty() ? "'" : ", '") + name + "'";
  return text;
}

// The workload that is asked for: named, or that of the profile, or the only one.
Result<std::string> WorkloadIn(const std::set<std::string>& names, const std::string& where,
                               const CapacityArguments& arguments,
                               const std::optional<ScalingProfile>& profile) {
  if (names.empty()) return Fail(ErrorCode::kNotFound, where + " holds no requests");
  if (!arguments.named->empty()) {
    if (names.contains(arguments.workload)) return arguments.workload;
    return Fail(ErrorCode::kNotFound, "--workload is '" + arguments.workload + "', and " + where +
                                          " holds " + NamesOf(names) + " only");
  }
  if (profile && names.contains(HistoryName(*profile))) return HistoryName(*profile);
  if (names.size() == 1) return *names.begin();
  return Fail(ErrorCode::kInvalidArgument,
              where + " holds " + NamesOf(names) + "; expected --workload with one of them");
}

// A log is whole between its first and its last request: a window without any was idle.
void AddIdleWindows(MeasuredRequests& requests) {
  std::set<std::int64_t> busy;
  requests.counts.ForEach([&](const RequestCounts::Entry& entry) { busy.insert(entry.window); });
  if (busy.empty()) return;
  for (std::int64_t window = *busy.begin(); window < *busy.rbegin(); ++window)
    if (!busy.contains(window)) requests.idle_windows.push_back(window);
}

class Reader {
 public:
  Reader(const CapacityArguments& arguments, const std::optional<ScalingProfile>& profile)
      : arguments_(arguments), profile_(profile) {}

  Result<CapacityEvidence> Read() {
    LC_TRY(step_, Step());
    LC_TRY(address_, arguments_.prometheus.ToAddress());
    const int sources = (arguments_.logs.has_logs() ? 1 : 0) + (arguments_.store.empty() ? 0 : 1);
    if (sources == 0 && address_.url.empty())
      return Fail(ErrorCode::kInvalidArgument,
                  "nothing to look at; expected --store FILE, --prometheus URL or a log");
    if (!address_.url.empty()) LC_TRY_VOID(PreparePrometheus());
    if (!arguments_.cpu.empty()) {
      LC_TRY(cpu_file_, cpu_log::ReadCpu(arguments_.cpu));
    }
    if (!arguments_.replicas.empty()) {
      LC_TRY(ready_, ReadyCounts::Read(arguments_.replicas));
    }
    if (!ready_ && (!arguments_.cpu.empty() || address_.url.empty()))
      return Fail(ErrorCode::kInvalidArgument,
                  "how many replicas were ready is not known; expected --replicas N or a CSV of "
                  "time,replicas");
    LC_TRY(CapacityEvidence evidence, Requests());
    LC_TRY_VOID(AddCpu(evidence));
    if (evidence.stretches.empty()) AddStretchesWithoutCpu(evidence);
    LC_TRY_VOID(AddMemory(evidence));
    return evidence;
  }

 private:
  Result<Duration> Step() const {
    const auto step = ParseDuration(arguments_.step);
    if (!step) return Within("--step", step.error());
    if (*step < std::chrono::seconds(1) || *step > std::chrono::hours(1))
      return Fail(ErrorCode::kInvalidArgument,
                  "--step is " + arguments_.step + "; expected 1s to 1h");
    return *step;
  }

  Result<void> PreparePrometheus() {
    if (!profile_ || !profile_->fields().load.source.prometheus)
      return Fail(ErrorCode::kInvalidArgument,
                  "--prometheus needs --profile FILE whose spec.load.source says where in it the "
                  "load is");
    ScalingProfileFields fields = profile_->fields();
    fields.forecast.step = step_;
    LC_TRY(asked_, ScalingProfile::Make(std::move(fields)));
    transport_ = std::make_unique<http::CurlTransport>(TransportOptionsOf(address_), clock_);
    factory_ = std::make_unique<SourceFactory>(*transport_, address_, logs::LogOptions{},
                                               std::chrono::hours(24));
    return {};
  }

  Result<Span> GivenSpan() const {
    LC_TRY(const logs::LogOptions options, arguments_.logs.ToOptions(step_, true, true));
    return Span{options.since, options.until};
  }

  Result<CapacityEvidence> Requests() {
    if (arguments_.logs.has_logs()) return FromLogs();
    if (!arguments_.store.empty()) return FromStore();
    return FromPrometheus();
  }

  Result<CapacityEvidence> FromLogs() {
    const Duration step = cpu_file_.empty() ? step_ : CountingStep(cpu_file_);
    const bool by_workload = !arguments_.named->empty() || !cpu_file_.contains("");
    LC_TRY(logs::LogOptions options, arguments_.logs.ToOptions(step, true, by_workload));
    LC_TRY(logs::LogReading reading, ReadCounts(std::move(options)));
    LC_TRY(std::string workload,
           WorkloadIn(WorkloadsOf(reading.counts), "the log", arguments_, profile_));
    CapacityEvidence evidence{.source = reading.files.size() == 1
                                            ? reading.files.front()
                                            : fmt::format("{} logs", reading.files.size()),
                              .duration_source = reading.duration_source,
                              .workload = std::move(workload),
                              .requests = {.counts = std::move(reading.counts)}};
    AddIdleWindows(evidence.requests);
    return evidence;
  }

  Result<CapacityEvidence> FromStore() {
    LC_TRY(const auto store, store::SqliteHistoryStore::Open(arguments_.store, false));
    LC_TRY(const auto stored, store->Workloads());
    std::set<std::string> names;
    for (const StoredWorkload& workload : stored) names.insert(workload.name);
    LC_TRY(const std::string name, WorkloadIn(names, arguments_.store, arguments_, profile_));
    const auto found = std::ranges::find(stored, name, &StoredWorkload::name);
    LC_TRY(const Span given, GivenSpan());
    LC_TRY(MeasuredRequests measured, store->Measured(name, given.since.value_or(found->since),
                                                      given.until.value_or(found->until), step_));
    if (measured.counts.IsEmpty())
      return Fail(ErrorCode::kNotFound, arguments_.store + " knows no whole window of " +
                                            ToString(step_) + " with requests of '" + name +
                                            "'; expected another --step or other times");
    return CapacityEvidence{.source = arguments_.store,
                            .duration_source = {},
                            .workload = name,
                            .requests = std::move(measured)};
  }

  Result<CapacityEvidence> FromPrometheus() {
    LC_TRY(const Span given, GivenSpan());
    const TimePoint until = given.until.value_or(clock_.Now());
    const TimePoint since = given.since.value_or(until - std::chrono::hours(24));
    LC_TRY(const auto source, factory_->For(*asked_));
    LC_TRY(Measurement measurement, source->Read(since, until));
    auto* const measured = std::get_if<MeasuredRequests>(&measurement);
    if (measured == nullptr)
      return Fail(ErrorCode::kInvalidArgument,
                  arguments_.profile +
                      ": its load is none of requests, whose CPU and latency "
                      "could be held against it");
    const auto series = measured->counts.series();
    if (series.empty() || measured->counts.IsEmpty())
      return Fail(ErrorCode::kNotFound, address_.url + " knows no request of the profile from " +
                                            ToRfc3339(since) + " to " + ToRfc3339(until));
    return CapacityEvidence{.source = address_.url,
                            .duration_source = {},
                            .workload = series.front().workload,
                            .requests = std::move(*measured)};
  }

  Result<void> AddCpu(CapacityEvidence& evidence) {
    if (!arguments_.cpu.empty()) {
      LC_TRY_VOID(MatchNames(evidence.requests.counts, cpu_file_, arguments_.cpu));
      std::vector<CpuSample> samples = cpu_file_[evidence.workload];
      for (CpuSample& sample : samples) sample.ready = ready_->During(sample.from, sample.to);
      Use(std::move(samples), evidence);
      return {};
    }
    if (!factory_) return {};
    const auto [from, to] = SpanOf(evidence.requests.counts);
    LC_TRY(const auto source, factory_->AnyCpuFor(*asked_));
    auto cpu = source->Read(from, to, step_);
    if (!cpu && cpu.error().code == ErrorCode::kNotFound) {
      fmt::print(stderr, "loadcurve: {}; going on without CPU\n", cpu.error().message);
      return {};
    }
    if (!cpu) return tl::unexpected(cpu.error());
    evidence.cpu_limit = cpu->limit;
    for (CpuSample& sample : cpu->samples) {
      if (ready_) sample.ready = ready_->During(sample.from, sample.to);
      // CPU of pods that were not ready, or not of all that were.
      if (sample.ready && *sample.ready != sample.replicas) sample.ready = std::nullopt;
    }
    Use(std::move(cpu->samples), evidence);
    return {};
  }

  Result<void> AddMemory(CapacityEvidence& evidence) const {
    if (!factory_) return {};
    const auto [from, to] = SpanOf(evidence.requests.counts);
    LC_TRY(const auto source, factory_->AnyUsageFor(*asked_));
    const auto usage = source->Read(from, to, step_);
    if (!usage && usage.error().code == ErrorCode::kNotFound) return {};
    if (!usage) return tl::unexpected(usage.error());
    LC_TRY(const auto given, arguments_.MemoryLimit());
    const auto tightest = TightestMemoryOf(*usage, given);
    if (!tightest) return {};
    evidence.memory_limit = tightest->limit;
    for (const UsageWindow& window : tightest->windows)
      for (ReadyStretch& stretch : evidence.stretches)
        if (window.from < stretch.to && stretch.from < window.to)
          stretch.memory = std::max(stretch.memory.value_or(Bytes()), window.memory_highest);
    return {};
  }

  static std::pair<TimePoint, TimePoint> SpanOf(const RequestCounts& counts) {
    TimePoint from = TimePoint::max();
    TimePoint to = TimePoint::min();
    counts.ForEach([&](const RequestCounts::Entry& entry) {
      from = std::min(from, counts.StartOf(entry.window));
      to = std::max(to, counts.StartOf(entry.window) + counts.step());
    });
    return {from, to};
  }

  static void Use(std::vector<CpuSample> samples, CapacityEvidence& evidence) {
    for (CpuSample& sample : samples) {
      ReadyStretch stretch;
      stretch.from = sample.from;
      stretch.to = sample.to;
      stretch.ready = sample.ready;
      stretch.used = sample.used;
      stretch.is_throttled = sample.is_throttled;
      evidence.stretches.push_back(stretch);
      if (!sample.ready || sample.ready->value() < 1) continue;
      sample.replicas = *sample.ready;
      evidence.cpu.push_back(sample);
    }
  }

  void AddStretchesWithoutCpu(CapacityEvidence& evidence) const {
    const auto [from, to] = SpanOf(evidence.requests.counts);
    const Duration step = std::max(step_, evidence.requests.counts.step());
    for (TimePoint at(from.time_since_epoch() / step * step); at + step <= to; at += step) {
      ReadyStretch stretch;
      stretch.from = at;
      stretch.to = at + step;
      if (ready_) stretch.ready = ready_->During(at, at + step);
      evidence.stretches.push_back(stretch);
    }
  }

  const CapacityArguments& arguments_;
  const std::optional<ScalingProfile>& profile_;
  const SystemClock clock_;
  Duration step_{0};
  PrometheusAddress address_;
  cpu_log::CpuByWorkload cpu_file_;
  std::optional<ReadyCounts> ready_;
  std::optional<ScalingProfile> asked_;  // at the step of the command
  std::unique_ptr<http::CurlTransport> transport_;
  std::unique_ptr<SourceFactory> factory_;
};

}  // namespace

Result<CapacityEvidence> ReadEvidence(const CapacityArguments& arguments,
                                      const std::optional<ScalingProfile>& profile) {
  return Reader(arguments, profile).Read();
}

}  // namespace loadcurve
