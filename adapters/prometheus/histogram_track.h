#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <vector>

#include "adapters/prometheus/time_series.h"
#include "base/units.h"

namespace loadcurve::prometheus {

// Requests whose duration lies between two edges, in whole microseconds.
struct DurationBucket {
  static constexpr std::int64_t kUnbounded = std::numeric_limits<std::int64_t>::max();

  std::int64_t lower_us = 0;
  std::int64_t upper_us = kUnbounded;
  std::uint64_t count = 0;

  bool operator==(const DurationBucket&) const = default;
};

// A histogram as it stood at one scrape: all requests since its process started. They held
// less than 2^62 us (146,000 years) even if each took as long as its bucket allows, so
// that sums of counts times durations fit 64 bits.
struct HistogramSnapshot {
  TimePoint time;
  std::vector<DurationBucket> buckets{};  // rising, each by itself, not cumulative
  // Of their durations; absent where the target does not tell, or tells nonsense.
  std::optional<std::int64_t> sum_us{};
};

// One histogram of one target over time.
struct HistogramTrack {
  Labels labels;  // without "le" and "__name__"
  std::vector<HistogramSnapshot> snapshots{};
};

// Puts the series `<name>_bucket` and `<name>_sum` together by their other labels; a value of
// 1 in `le` and in the sum is `unit`. Edges finer than a microsecond are rounded, and those
// below zero are zero.
//
// A scrape is left out in which a bucket is missing that was there before: it was read
// while it was being written. A bucket that was never there before is one of those
// exporters that leave out what is empty, and holds nothing. Histograms without a bucket
// le="+Inf" are left out: https://prometheus.io/docs/instrumenting/exposition_formats/
// demands one. So are scrapes with counts that no service can have had.
std::vector<HistogramTrack> ClassicTracks(std::span<const TimeSeries> buckets,
                                          std::span<const TimeSeries> sums, Duration unit);

// The same of native histograms. What lies below zero counts in the bucket at zero.
std::vector<HistogramTrack> NativeTracks(std::span<const TimeSeries> histograms, Duration unit);

}  // namespace loadcurve::prometheus
