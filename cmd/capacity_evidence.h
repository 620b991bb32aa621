#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "cmd/capacity_arguments.h"
#include "metrics/capacity/production_windows.h"
#include "metrics/cpu_sample.h"
#include "metrics/metric_source.h"
#include "scaler/scaling_profile.h"

namespace loadcurve {

// What is known of one workload in production.
struct CapacityEvidence {
  std::string source;           // where its requests come from, for people
  std::string duration_source;  // which duration counts; empty where it is not known
  std::string workload;         // as the counts name it
  MeasuredRequests requests;
  // CPU of the ready replicas together, where both are known; `replicas` is how many these were.
  std::vector<CpuSample> cpu{};
  std::optional<CpuCores> cpu_limit{};  // of one replica, as the source of the CPU tells
  // Of the container that comes nearest to its own, as the source of its use tells; the stretches
  // have its memory.
  std::optional<Bytes> memory_limit{};
  std::vector<ReadyStretch> stretches{};
};

// Reads requests from a history store, a Prometheus or logs, CPU from a file or the Prometheus,
// memory
// from the Prometheus, and counts of ready replicas from the command line or the Prometheus.
// `profile` says where in a Prometheus the load is; it may be absent where none is asked.
//
// kInvalidArgument: no source or two of them, or what a source needs is not given; kNotFound: it
// holds nothing of the workload. A Prometheus without CPU is no error, and told on stderr.
[[nodiscard]] Result<CapacityEvidence> ReadEvidence(const CapacityArguments& arguments,
                                                    const std::optional<ScalingProfile>& profile);

}  // namespace loadcurve
