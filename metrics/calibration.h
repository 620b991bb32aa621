#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>

#include "base/result.h"
#include "base/units.h"
#include "metrics/cpu_sample.h"
#include "metrics/replica_load.h"
#include "metrics/request_counts.h"
#include "metrics/request_weights.h"
#include "metrics/weight_fit.h"

namespace loadcurve {

struct CalibrationOptions {
  CpuCores cpu_limit{1};           // of one replica, > 0
  bool has_cpu_limit = false;      // given by the user: CPU near it is then saturated
  Ratio target_share{0.7};         // of the limit and of the slots that load may use
  std::optional<BusySlots> slots;  // workers or connections of one replica
  Replicas replicas{1};            // whose CPU the samples add up
  std::optional<Duration> lag;     // of CPU samples behind requests; searched when absent
  // Requests come at random and cost more or less: CPU then strays the more the more of them there
  // are (its variance grows with it), and windows of little load count for more. Of load that is
  // made for the purpose; in production other things disturb more than chance.
  bool has_random_requests = false;
  WeightFitOptions fit;
};

enum class CalibrationVerdict {
  kFitted,       // the fit beats its prior out of sample and replaces it
  kPriorKept,    // it does not, or cannot be told
  kNotCpuBound,  // latency rises while CPU per request does not
};

// What one workload's requests cost, and how far that can be trusted.
struct WorkloadCalibration {
  std::string workload;
  CalibrationVerdict verdict = CalibrationVerdict::kPriorKept;
  std::string verdict_text;  // "fitted", "prior kept: unidentifiable (why)", ...
  RequestWeights weights;    // fitted, or occupancy relative to a mean request
  Duration lag{0};
  CpuCores idle;                                 // of all replicas
  std::optional<WeightFit> fit;                  // absent where there was too little to fit
  std::optional<OutOfSampleFits> out_of_sample;  // there is one where there is a fit
  std::optional<ReplicaLoad> per_replica;
  std::string no_replica_load_reason;  // why per_replica is absent
  std::int64_t windows_used = 0;
  // "no_requests", "outside_log", "gap", "saturated", "throttled": CPU samples not used.
  std::map<std::string, std::int64_t> windows_excluded;
};

// Fits the cost of `workload`'s requests in `counts` to its CPU.
//
//   C_cpu   = (cpu_limit * target_share - idle) / CPU seconds of one unit of load
//   C_slots = slots * target_share / busy seconds of one unit of load
//
// not the highest load seen, which understates C when the replicas were idling. Samples of
// CPU that cover no requests are left out: absent is not idle.
//
// kInvalidArgument for options out of range; kInsufficientData when the workload has no
// requests that took any time.
[[nodiscard]] Result<WorkloadCalibration> Calibrate(const RequestCounts& counts,
                                                    const std::string& workload,
                                                    std::span<const CpuSample> cpu,
                                                    const CalibrationOptions& options);

}  // namespace loadcurve
