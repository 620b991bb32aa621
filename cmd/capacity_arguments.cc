#include "cmd/capacity_arguments.h"

#include <CLI/CLI.hpp>
#include <charconv>
#include <cmath>
#include <limits>

#include "adapters/external_metrics/quantity.h"
#include "base/time_text.h"

namespace loadcurve {

void CapacityArguments::AddTo(CLI::App& command) {
  const auto add = [&](const char* name, std::string& value, const char* what, const char* kind) {
    return command.add_option(name, value, what)->option_text(kind);
  };
  CLI::Option* const past =
      add("--store,--history", store,
          "The requests: a history store, as serve and history import fill it", "FILE");
  named = add("--workload", workload, "Of the store or the log (default: its only one)", "NAME");
  prometheus.AddTo(command);
  logs.AddOptionalTo(command);
  for (CLI::Option* option : command.get_options())
    if (option->get_name() == "logs") option->excludes(past);
  add("--cpu", cpu, "The CPU of all replicas: time,cpu_cores[,workload]...; see calibrate",
      "FILE.csv");
  add("--replicas", replicas,
      "How many were ready: a number, or time,replicas (default: as kube-state-metrics tell the "
      "Prometheus)",
      "N|FILE.csv");
  command
      .add_option("--cpu-limit", cpu_limit,
                  "CPU that one replica may use (default: as kube-state-metrics tell)")
      ->check(CLI::PositiveNumber)
      ->option_text("CORES");
  add("--memory-limit", memory_limit,
      "Memory of one replica; how much it uses is asked of the Prometheus (default: as "
      "kube-state-metrics tell, of the container nearest to its own)",
      "BYTES|512Mi");
  add("--slots", slots,
      "Workers, threads or connections of one replica; 'unlimited' where nothing limits the "
      "requests that it holds at once (default: what the profile says)",
      "N|unlimited");
  add("--latency-target", latency_target, "A later answer is late (default 500ms)", "DURATION");
  command
      .add_option("--latency-quantile", quantile,
                  "So much of the answers is to meet --latency-target (default 0.95)")
      ->check(CLI::Range(0.5, 0.9999).description(""))
      ->option_text("Q");
  add("--step", step, "Windows that are looked at (default 1m; of a log, those of the CPU)",
      "DURATION");
  add("--lag", lag, "How far CPU samples of a file trail the requests (default: searched)",
      "DURATION");
  add("--profile", profile,
      "A ScalingProfile: where its load is read, its weights, and what to compare with", "FILE");
  add("--write-profile", write_profile,
      "Write capacity and weights into this ScalingProfile, which may not be there yet", "FILE");
  add("--plot", plot, "Draw latency and CPU against load (SVG)", "FILE");
  AddOutputOption(command, output);
}

Result<Duration> CapacityArguments::LatencyTarget() const {
  const auto target = ParseDuration(latency_target);
  if (!target) return Within("--latency-target", target.error());
  if (*target <= Duration(0))
    return Fail(ErrorCode::kInvalidArgument,
                "--latency-target is " + latency_target + "; expected more than 0");
  return *target;
}

Result<std::optional<Bytes>> CapacityArguments::MemoryLimit() const {
  if (memory_limit.empty()) return std::nullopt;
  const auto bytes = external_metrics::ParseQuantity(memory_limit);
  if (!bytes || *bytes < 1 || *bytes > external_metrics::kLargestQuantity)
    return Fail(ErrorCode::kInvalidArgument, "--memory-limit is '" + memory_limit +
                                                 "'; expected an amount as 512Mi, 2Gi or 800M");
  return Bytes(std::llround(*bytes));
}

Result<ReplicaLimits> CapacityArguments::Limits() const {
  LC_TRY(const Duration target, LatencyTarget());
  ReplicaLimits limits;
  limits.target_seconds = Seconds(target);
  limits.allowed_late = Ratio(1 - quantile);
  if (cpu_limit) limits.cpu = CpuCores(*cpu_limit);
  LC_TRY(limits.memory, MemoryLimit());
  if (slots.empty()) return limits;
  if (slots == "unlimited") {
    limits.slots = std::numeric_limits<double>::infinity();
    return limits;
  }
  double number = 0;
  const auto [end, error] = std::from_chars(slots.data(), slots.data() + slots.size(), number);
  if (error != std::errc() || end != slots.data() + slots.size() || !(number >= 1))
    return Fail(ErrorCode::kInvalidArgument,
                "--slots is '" + slots + "'; expected a number of 1 or more, or unlimited");
  limits.slots = number;
  return limits;
}

}  // namespace loadcurve
