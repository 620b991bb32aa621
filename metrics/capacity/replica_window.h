#pragma once

#include <optional>
#include <string>

#include "base/units.h"

namespace loadcurve {

// What one replica of a workload bore over a window of production, in the mean of the replicas
// that were ready throughout. What is not known is absent: absent is not zero.
struct ReplicaWindow {
  TimePoint from{};
  TimePoint to{};
  // Of the pod template, where all ready replicas had the same; empty where it is not known, or
  // two of them answered.
  std::string revision{};
  double replicas = 1;  // ready, > 0

  double rate = 0;   // requests a second
  MetricsQps load;   // of these
  double held = 0;   // requests held at once, in the mean
  double ended = 0;  // requests of all replicas that ended, without those held open by design
  double late = 0;   // of these, later than the latency target
  double errors = 0;
  double tail_seconds = 0;  // the quantile of their durations that the target speaks of

  std::optional<double> cpu_cores{};
  bool is_throttled = false;             // its CPU limit held it back
  std::optional<double> memory_bytes{};  // the largest working set of any replica, in it

  double Length() const { return Seconds(to - from); }
};

}  // namespace loadcurve
