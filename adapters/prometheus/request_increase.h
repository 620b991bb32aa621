#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "adapters/prometheus/histogram_track.h"
#include "base/units.h"
#include "metrics/request_counts.h"

namespace loadcurve::prometheus {

// Requests of one bucket, and what they held together.
struct BucketIncrease {
  std::int64_t lower_us = 0;
  std::int64_t upper_us = DurationBucket::kUnbounded;
  std::uint64_t count = 0;
  // count * lower_us <= held_us <= count * upper_us: the mean lies within the bucket.
  std::uint64_t held_us = 0;

  bool operator==(const BucketIncrease&) const = default;
};

// The requests that ended between two scrapes.
struct RequestIncrease {
  std::vector<BucketIncrease> buckets{};  // rising; none that is empty

  bool operator==(const RequestIncrease&) const = default;
};

// What was counted after `older` up to `newer`. Where any bucket holds less than before, or
// is gone, the process has restarted and counted from zero: all of `newer` then. Buckets
// need not be the same: a native histogram that halves its resolution has wider ones, and
// what lay in the narrow ones lies within them.
RequestIncrease IncreaseBetween(const HistogramSnapshot& older, const HistogramSnapshot& newer);

// All that `newer` counted: for a histogram that was not there at the scrape before.
RequestIncrease IncreaseSinceZero(const HistogramSnapshot& newer);

// Shares out the sum of durations among buckets, of which a histogram knows the counts only.
//
// With n[b] requests in (lower[b], upper[b]], every bucket gets the same relative position
// theta within its edges:
//
//   mean[b] = lower[b] + theta * (upper[b] - lower[b])
//   theta   = (sum - SUM n[b] lower[b]) / SUM n[b] (upper[b] - lower[b])
//
// the one choice for which all means lie within their edges and add up to the sum exactly,
// wherever any choice does. The unbounded bucket has no width: the others stand at theta =
// 1/2 and it gets the rest; where the rest is less than its lower edge allows, it stands
// at that edge and theta < 1/2 solves for the others. The two agree where they meet.
//
// In whole microseconds: parts are differences of a rounded running total, so that nothing
// is lost. A sum that no means within the edges give (a torn scrape, negative durations) is
// kept to what they allow. Without a sum: theta = 1/2, and the lower edge for the unbounded
// bucket. Empty buckets are left out.
RequestIncrease ShareSum(std::span<const DurationBucket> buckets,
                         std::optional<std::int64_t> sum_us);

// A stretch of time: windows [first, last) of a RequestCounts.
struct WindowRange {
  std::int64_t first = 0;
  std::int64_t last = 0;

  bool Holds(std::int64_t window) const { return window >= first && window < last; }
};

// Adds requests that ended in (from, to] to the windows of `range`, evenly over time: of n
// requests floor(n * part) have ended when that part of the time has passed. So counts are
// whole, none is lost or counted twice, and where scrapes lie on the edges of windows the
// counts are exact. Requests go to the cell of their mean duration. Nothing is carried: a
// histogram knows when requests ended, not when they began.
void AddEvenly(const RequestIncrease& increase, TimePoint from, TimePoint to,
               const WindowRange& range, RequestCounts::SeriesId series, RequestCounts& counts);

}  // namespace loadcurve::prometheus
