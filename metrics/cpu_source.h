#pragma once

#include <optional>
#include <vector>

#include "base/result.h"
#include "base/units.h"
#include "metrics/cpu_sample.h"

namespace loadcurve {

// What is known of the CPU of one workload over a stretch of time.
struct MeasuredCpu {
  // One a window, in order of time, with the replicas that `used` adds up. A window in which a
  // replica came, went or was silent for a while is left out.
  std::vector<CpuSample> samples{};
  // Of one replica, at the end of the stretch.
  std::optional<CpuCores> limit{};
};

// SEAM. Where the CPU of one workload is measured. Not thread-safe.
class CpuSource {
 public:
  virtual ~CpuSource() = default;

  // Whole windows of `step` within [since, until). Errors as those of MetricSource::Read.
  [[nodiscard]] virtual Result<MeasuredCpu> Read(TimePoint since, TimePoint until,
                                                 Duration step) = 0;
};

}  // namespace loadcurve
