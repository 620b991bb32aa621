#pragma once

#include "base/units.h"

namespace loadcurve::twin {

// A rule of CudgX: keep the redundancy, which is what the replicas could carry by what they
// do, within a band. Percents, as there.
struct RedundancyBand {
  int low_percent = 100;
  int high_percent = 300;
  int execute_ratio_percent = 30;
  Replicas min{1};
  Replicas max{1000000};
};

// By how many replicas CudgX's keeper changes a count of `count` at a redundancy of `redundancy`
// (the median over the last minute), its rounding included:
//
//   nothing while low < int(100 R) < high
//   N' = floor(R* / R * N), R* = the middle of the band, as a whole percent
//   d  = ceil((N' - N) * ratio / 100), at most 30 either way, and not beyond min and max
//
// Above the middle the ceiling of a negative number stalls: (3.2, 5, 30 %) gives 0. A limit on
// a step, not on the count: a count outside min and max stays there while the band holds.
int KeeperStep(double redundancy, Replicas count, const RedundancyBand& band);

}  // namespace loadcurve::twin
