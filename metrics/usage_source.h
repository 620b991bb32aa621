#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "base/units.h"
#include "metrics/container_resources.h"

namespace loadcurve {

// What one container of all replicas of a workload used over a window, (from, to].
struct UsageWindow {
  TimePoint from;
  TimePoint to;
  Replicas replicas;          // that were heard of, > 0
  CpuCores cpu;               // of one replica: the mean of all, over the window
  CpuCores cpu_highest;       // of the replica that used most, over the window
  Bytes memory_highest;       // the largest working set of any replica, at any time of the window
  bool is_throttled = false;  // the quota held one of them back: it wanted more than it got
};

struct ContainerUsage {
  std::string name;
  std::vector<UsageWindow> windows{};  // in order of time, with gaps
};

struct MeasuredUsage {
  std::vector<ContainerUsage> containers{};  // in order of their names
  // What the containers ask for at the end, where the source tells.
  std::vector<ContainerResources> resources{};
};

// SEAM. Where the CPU and memory of the containers of one workload are measured. Not thread-safe.
class UsageSource {
 public:
  virtual ~UsageSource() = default;

  // Whole windows of `step` within (since, until], counted from `since`. Errors as those of
  // MetricSource::Read; kNotFound where nothing was ever measured.
  [[nodiscard]] virtual Result<MeasuredUsage> Read(TimePoint since, TimePoint until,
                                                   Duration step) = 0;
};

}  // namespace loadcurve
