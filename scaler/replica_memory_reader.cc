#include "scaler/replica_memory_reader.h"

#include <utility>

#include "metrics/capacity/tightest_memory.h"
#include "scaler/right_sizer.h"
#include "scaler/step_start.h"

namespace loadcurve {

ReplicaMemoryReader::ReplicaMemoryReader(std::unique_ptr<UsageSource> usage, Duration step)
    : usage_(std::move(usage)), step_(step) {}

Result<void> ReplicaMemoryReader::Read(TimePoint now, Bytes limit) {
  const TimePoint until = StepStart(now, step_);
  if (read_until_ == until) return {};
  const Duration window = SizingWindow(step_);
  LC_TRY(const MeasuredUsage used, usage_->Read(until - window, until, window));
  read_until_ = until;
  const auto tightest = TightestMemoryOf(used, limit);
  if (!tightest) return {};
  const UsageWindow& last = tightest->windows.back();
  latest_ = MemoryUse{last.to, last.memory_highest, last.replicas};
  return {};
}

}  // namespace loadcurve
