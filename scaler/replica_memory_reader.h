#pragma once

#include <memory>
#include <optional>

#include "base/result.h"
#include "base/units.h"
#include "metrics/usage_source.h"
#include "scaler/memory_need.h"

namespace loadcurve {

// What the replicas of one workload use of their memory now, read from where their containers are
// measured. Not thread-safe.
class ReplicaMemoryReader {
 public:
  // `step`: of the windows of the load.
  ReplicaMemoryReader(std::unique_ptr<UsageSource> usage, Duration step);

  // Reads the last minutes up to `now`, once a step; `limit` of each replica. Of several containers
  // the one that uses most counts. Errors are those of the source; what was read before stays.
  [[nodiscard]] Result<void> Read(TimePoint now, Bytes limit);

  // As it was read last; absent before.
  const std::optional<MemoryUse>& latest() const { return latest_; }

 private:
  std::unique_ptr<UsageSource> usage_;
  Duration step_;
  std::optional<TimePoint> read_until_;
  std::optional<MemoryUse> latest_;
};

}  // namespace loadcurve
