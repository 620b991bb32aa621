#pragma once

#include <cstdint>
#include <vector>

#include "base/units.h"

namespace loadcurve {

// Durations counted in buckets that widen with them, as HdrHistogram does: each power of two is
// cut into 128, so a quantile is at most 1/128 (0.8 %) above the true one, and exact below
// 256 us. Grows with the longest duration, to 30 KB. Not thread-safe.
class LatencyHistogram {
 public:
  // A negative duration counts as 0, one of more than 19 hours as that.
  void Record(Duration duration);
  void Merge(const LatencyHistogram& other);
  void Clear();

  std::uint64_t count() const { return count_; }
  Duration sum() const { return sum_; }
  Duration max() const { return max_; }  // exact; 0 where there is none
  // The smallest duration that a share `q` of those recorded does not exceed; 0 where there is
  // none. `q` in [0, 1].
  Duration Quantile(double q) const;

 private:
  std::vector<std::uint64_t> counts_;
  std::uint64_t count_ = 0;
  Duration sum_{0};
  Duration max_{0};
};

}  // namespace loadcurve
