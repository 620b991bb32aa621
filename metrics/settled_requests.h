#pragma once

#include "base/result.h"
#include "base/units.h"
#include "metrics/metric_source.h"

namespace loadcurve {

// A window that was read is read again for so long after its end: it may have gained since. One
// of this length or more is not, once it was whole.
inline constexpr Duration kReadAgain = std::chrono::minutes(5);

// With fewer of the replicas heard of, the measured load is a lower bound only.
inline constexpr Ratio kEnoughCoverage{0.9};

// The windows of a reading that are final at `until`, the end of what was ever read of the
// source: heard whole, and too old to gain. A loop that reads on from where it was, and
// kReadAgain before that, is given each window at the reading after which it is final.
[[nodiscard]] Result<MeasuredRequests> Settled(const MeasuredRequests& measured, TimePoint until);

}  // namespace loadcurve
