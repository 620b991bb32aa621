#pragma once

#include <map>
#include <string>

#include "base/result.h"
#include "base/units.h"
#include "metrics/request_weights.h"

namespace loadcurve {

// What one pod did over a window.
struct PodUse {
  MetricsQps load;  // > 0
  CpuCores cpu;     // > 0

  bool operator==(const PodUse&) const = default;
};

// SEAM. What single pods of one workload serve, and the CPU that they take for it. Not thread-safe.
class PodUseSource {
 public:
  virtual ~PodUseSource() = default;

  // Windows begin at whole multiples of it since 1970.
  virtual Duration window() const = 0;

  // By its name, each pod that was there throughout the window that begins at `start` and served
  // anything; none where some pod was not heard of. Errors as those of MetricSource::Read.
  [[nodiscard]] virtual Result<std::map<std::string, PodUse>> Read(
      TimePoint start, const RequestWeights& weights) = 0;
};

}  // namespace loadcurve
