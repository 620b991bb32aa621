#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/units.h"
#include "metrics/capacity/replica_window.h"
#include "metrics/metric_source.h"
#include "metrics/request_weights.h"

namespace loadcurve {

// A stretch of time in which it is known how many replicas were ready.
struct ReadyStretch {
  TimePoint from{};                 // exclusive
  TimePoint to{};                   // inclusive
  std::optional<Replicas> ready{};  // throughout; absent: not known, or it changed
  std::optional<CpuCores> used{};   // by these replicas together
  bool is_throttled = false;
  std::optional<Bytes> memory{};  // the largest working set of any of them, at any time of it
};

struct WindowOptions {
  std::string workload{};  // as the counts name it
  Duration latency_target = std::chrono::milliseconds(500);
  double quantile = 0.95;  // that is to meet it
  Duration lag{0};         // of the CPU behind the requests
};

// Windows of one replica each, in order of time, and how many stretches were left out for which
// reason: "unknown_replicas", "unmeasured" (requests of some windows are missing, or known in
// part), "no_requests".
struct ProductionWindows {
  std::vector<ReplicaWindow> windows{};
  std::map<std::string, std::int64_t> excluded{};
};

// Lays the requests over the stretches, which do not overlap and rise in time. Where the counts
// are coarser than the stretches, these are joined to whole windows of the counts.
//
// Load is what the requests weigh. Weights that are not fitted go by the time a request is held,
// and a queue would look like load: with them a request weighs what the mean request of its
// route does. Durations within a bucket are taken as a power law with the mean of the bucket.
ProductionWindows ProductionWindowsOf(const MeasuredRequests& requests,
                                      std::vector<ReadyStretch> stretches,
                                      const RequestWeights& weights, const WindowOptions& options);

}  // namespace loadcurve
