#include <fmt/format.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cmath>
#include <memory>
#include <utility>

#include "adapters/files/whole_file.h"
#include "base/clock.h"
#include "base/time_text.h"
#include "cmd/capacity_arguments.h"
#include "cmd/capacity_evidence.h"
#include "cmd/capacity_profile.h"
#include "cmd/capacity_report.h"
#include "cmd/command.h"

namespace loadcurve {
namespace {

// What the command line, the profile and the source of the CPU know of limits, in this order.
Result<ReplicaLimits> LimitsOf(const CapacityArguments& arguments,
                               const std::optional<ScalingProfile>& profile,
                               const CapacityEvidence& evidence) {
  LC_TRY(ReplicaLimits limits, arguments.Limits());
  if (!limits.cpu) limits.cpu = evidence.cpu_limit;
  if (!limits.memory) limits.memory = evidence.memory_limit;
  if (limits.slots || !profile || !profile->fields().load.per_replica) return limits;
  const auto& slots = profile->fields().load.per_replica->slots;
  if (slots) limits.slots = slots->value();
  return limits;
}

// What requests cost: by a calibration, whose weights give way to fitted ones of the profile.
Result<WorkloadCalibration> CostsOf(const CapacityArguments& arguments,
                                    const CapacityEvidence& evidence, const ReplicaLimits& limits) {
  CalibrationOptions options;
  if (limits.cpu) {
    options.cpu_limit = *limits.cpu;
    options.has_cpu_limit = true;
  }
  if (!arguments.lag.empty()) {
    const auto lag = ParseDuration(arguments.lag);
    if (!lag) return Within("--lag", lag.error());
    options.lag = *lag;
  } else if (arguments.cpu.empty()) {
    options.lag = Duration(0);  // a Prometheus has the times of its samples
  }
  return Calibrate(evidence.requests.counts, evidence.workload, evidence.cpu, options);
}

RequestWeights WeightsFor(const WorkloadCalibration& calibration,
                          const std::optional<ScalingProfile>& profile) {
  const auto kept = profile ? profile->fields().load.weights : std::nullopt;
  const bool is_fit = calibration.verdict == CalibrationVerdict::kFitted;
  if (kept && (kept->kind() == WeightsKind::kFitted || !is_fit)) return *kept;
  return calibration.weights;
}

Result<ProductionWindows> WindowsIn(const CapacityEvidence& evidence, const RequestWeights& weights,
                                    const WindowOptions& options) {
  ProductionWindows windows =
      ProductionWindowsOf(evidence.requests, evidence.stretches, weights, options);
  const auto unknown = windows.excluded.find("unknown_replicas");
  if (windows.windows.empty() && unknown != windows.excluded.end())
    return Fail(ErrorCode::kInvalidArgument,
                fmt::format("how many replicas were ready is not known in {} of {} windows, as "
                            "kube_pod_status_ready tells it, and in the others there is nothing; "
                            "expected --replicas N or a CSV of time,replicas",
                            unknown->second, evidence.stretches.size()));
  return windows;
}

// Against what the profile holds, in its weights.
std::optional<ProfileComparison> Compare(const ProductionCapacity& found,
                                         const CapacityEvidence& evidence,
                                         const WindowOptions& options,
                                         const std::optional<ScalingProfile>& profile) {
  auto capacity = found.Capacity();
  if (!profile || !profile->fields().load.weights || !capacity) return std::nullopt;
  const RequestWeights& kept = *profile->fields().load.weights;
  if (kept.version() != found.weights_version) {
    const auto again = ProductionWindowsOf(evidence.requests, evidence.stretches, kept, options);
    double load = 0;
    double requests = 0;
    for (const ReplicaWindow& window : again.windows) {
      load += window.load.value() * window.replicas * window.Length();
      requests += window.rate * window.replicas * window.Length();
    }
    if (!(load > 0)) return std::nullopt;
    const double scale = load / requests / found.load_of_request;
    capacity->load = capacity->load * scale;
    capacity->low = capacity->low * scale;
    capacity->high = capacity->high * scale;
    capacity->weights_version = kept.version();
  }
  return CompareWith(*profile, *capacity);
}

Result<void> Write(const CapacityArguments& arguments, const std::optional<KeptProfile>& kept,
                   const ProductionReport& report, const std::string& duration_source) {
  if (arguments.write_profile.empty() || !report.found.rate) return {};
  ReplicaCapacity capacity = *report.found.Capacity();
  if (report.limits.slots && std::isfinite(*report.limits.slots))
    capacity.slots = BusySlots(*report.limits.slots);
  LC_TRY(const ScalingProfile after,
         WithCapacity(kept, {.capacity = capacity,
                             .calibration = report.calibration,
                             .method = "production",
                             .bottleneck = report.found.binding,
                             .at = std::chrono::floor<std::chrono::seconds>(SystemClock().Now()),
                             .duration_source = duration_source}));
  return WriteKeptProfile(arguments.write_profile, kept, after);
}

Result<void> RunCapacity(const CapacityArguments& arguments) {
  LC_TRY(const Duration target, arguments.LatencyTarget());
  LC_TRY(const auto kept, ReadKeptProfile(arguments.write_profile));
  LC_TRY(const auto named, ReadKeptProfile(arguments.profile));
  if (!arguments.profile.empty() && !named)
    return Fail(ErrorCode::kNotFound, arguments.profile + ": there is no such profile");
  const auto& before = named ? named : kept;
  const auto profile = before ? std::optional(before->profile) : std::nullopt;

  LC_TRY_VOID(arguments.Limits());
  LC_TRY(const CapacityEvidence evidence, ReadEvidence(arguments, profile));
  LC_TRY(const ReplicaLimits limits, LimitsOf(arguments, profile, evidence));
  LC_TRY(WorkloadCalibration calibration, CostsOf(arguments, evidence, limits));
  const RequestWeights weights = WeightsFor(calibration, profile);
  const WindowOptions options{.workload = evidence.workload,
                              .latency_target = target,
                              .quantile = arguments.quantile,
                              .lag = calibration.lag};
  LC_TRY(const ProductionWindows windows, WindowsIn(evidence, weights, options));
  const ProductionCapacity found =
      EstimateCapacity(windows.windows, {.limits = limits, .weights_version = weights.version()});
  if (weights.version() != calibration.weights.version())
    calibration.verdict_text = "of the profile";
  calibration.weights = weights;
  const ProductionReport report{.found = found,
                                .calibration = calibration,
                                .limits = limits,
                                .quantile = arguments.quantile,
                                .source = evidence.source,
                                .excluded = windows.excluded,
                                .comparison = Compare(found, evidence, options, profile)};
  fmt::print("{}", report.Render(arguments.output, plot::TerminalOf(STDOUT_FILENO)));
  if (!arguments.plot.empty())
    LC_TRY_VOID(files::WriteFileAtomically(arguments.plot, report.ToSvg()));
  LC_TRY_VOID(Write(arguments, kept, report, evidence.duration_source));
  if (!found.rate)
    return Fail(ErrorCode::kInsufficientData,
                arguments.write_profile.empty()
                    ? "what one replica carries is not known"
                    : "what one replica carries is not known; no profile was written");
  return {};
}

}  // namespace

void AddCapacityCommand(CLI::App& app, Run& chosen) {
  CLI::App* command = app.add_subcommand(
      "capacity", "Estimate from production, without a test bed, what one replica carries");
  const auto arguments = std::make_shared<CapacityArguments>();
  arguments->AddTo(*command);
  command->footer(
      "Looks at what replicas bore while they served, and follows it to where CPU or memory is "
      "used\n"
      "up, the slots are held, or answers come late. What was never reached is extrapolated, and "
      "says\n"
      "so; where what was seen does not tell, there is no number, but what would be needed to "
      "know\n"
      "(exit code 1). What a ramp finds is surer: see 'loadcurve replay --ramp'.\n\n"
      "It needs requests with durations; how many replicas were ready; for a number, as a rule,\n"
      "their CPU and its limit; and, where requests mostly wait for others, how many a replica\n"
      "can hold at once (--slots). docs/capacity-from-production.md explains the output.\n\n"
      "Examples:\n"
      "  loadcurve capacity --store history.db --workload shop/cart --cpu cpu.csv --cpu-limit 2\n"
      "      --replicas replicas.csv --latency-target 200ms\n"
      "  loadcurve capacity --prometheus http://prometheus:9090 --profile cart.yaml\n"
      "      --since 2026-10-01 --latency-target 200ms --slots unlimited --plot cart.svg\n"
      "  loadcurve capacity access.log --cpu cpu.csv --cpu-limit 1 --replicas 3\n"
      "      --latency-target 100ms --write-profile cart.yaml");
  command->callback(
      [&chosen, arguments] { chosen = [arguments] { return RunCapacity(*arguments); }; });
}

}  // namespace loadcurve
