#pragma once

#include <optional>
#include <string>

#include "base/result.h"
#include "cmd/command_line.h"
#include "cmd/log_arguments.h"
#include "cmd/output.h"
#include "cmd/prometheus_arguments.h"
#include "metrics/capacity/production_fit.h"

namespace loadcurve {

// What `capacity` is asked.
struct CapacityArguments {
  LogArguments logs;  // with --since and --until
  PrometheusArguments prometheus;
  std::string store;
  std::string workload;
  CLI::Option* named = nullptr;  // --workload, whose name may be empty
  std::string cpu;
  std::string replicas;
  std::optional<double> cpu_limit;
  std::string memory_limit;
  std::string slots;
  std::string latency_target = "500ms";
  double quantile = 0.95;
  std::string step = "1m";
  std::string lag;
  std::string profile;
  std::string write_profile;
  std::string plot;
  OutputFormat output = OutputFormat::kTable;

  // `this` outlives the parsing.
  void AddTo(CLI::App& command);

  // As far as the command line tells; kInvalidArgument: --slots, --latency-target.
  [[nodiscard]] Result<ReplicaLimits> Limits() const;
  [[nodiscard]] Result<Duration> LatencyTarget() const;
  // kInvalidArgument: --memory-limit.
  [[nodiscard]] Result<std::optional<Bytes>> MemoryLimit() const;
};

}  // namespace loadcurve
