#include "adapters/prometheus/histogram_track.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <string>
#include <utility>

namespace loadcurve::prometheus {
namespace {

// The edge of a bucket, or a sum, in microseconds; nullopt for NaN and for what 64 bits do
// not hold.
std::optional<std::int64_t> MicrosecondsOf(double value, Duration unit) {
  const double us = value * static_cast<double>(unit.count());
  if (!(std::abs(us) < 9e18)) return std::nullopt;
  return std::llround(us);
}

std::int64_t EdgeOf(double value, Duration unit) {
  if (value <= 0) return 0;
  return MicrosecondsOf(value, unit).value_or(DurationBucket::kUnbounded);
}

std::optional<double> EdgeValue(std::string_view le) {
  if (le == "+Inf" || le == "Inf") return std::numeric_limits<double>::infinity();
  if (le.starts_with('+')) le.remove_prefix(1);
  double value = 0;
  const auto [end, error] = std::from_chars(le.data(), le.data() + le.size(), value);
  if (error != std::errc() || end != le.data() + le.size()) return std::nullopt;
  return value;
}

// A count as a server gives it: 2^53 is the last that a double tells from its neighbours.
std::optional<std::uint64_t> CountOf(double value) {
  if (!(value >= 0) || value > 0x1p53) return std::nullopt;
  return static_cast<std::uint64_t>(std::llround(value));
}

// False for counts that no service can have had, see HistogramSnapshot.
bool IsPlausible(const HistogramSnapshot& snapshot) {
  __extension__ using Wide = __int128;
  Wide held_us = 0;
  for (const DurationBucket& bucket : snapshot.buckets) {
    const bool is_unbounded = bucket.upper_us == DurationBucket::kUnbounded;
    held_us += static_cast<Wide>(bucket.count) * (is_unbounded ? bucket.lower_us : bucket.upper_us);
  }
  return held_us < (Wide{1} << 62);
}

// A bucket's series, and how far it has been read.
struct BucketSeries {
  double le = 0;
  std::span<const FloatPoint> points;
  std::size_t next = 0;
};

// What lies at a time, and whether there was anything before it.
struct Found {
  std::optional<double> value;
  bool was_there_before = false;
};

Found FindAt(BucketSeries& bucket, TimePoint time) {
  while (bucket.next < bucket.points.size() && bucket.points[bucket.next].time < time)
    ++bucket.next;
  const bool was_there_before = bucket.next > 0;
  if (bucket.next == bucket.points.size() || bucket.points[bucket.next].time != time)
    return {std::nullopt, was_there_before};
  return {bucket.points[bucket.next].value, was_there_before};
}

// The histogram of one scrape; nullopt where it is torn or makes no sense.
std::optional<HistogramSnapshot> SnapshotAt(TimePoint time, std::vector<BucketSeries>& buckets,
                                            Duration unit) {
  HistogramSnapshot snapshot{time};
  std::uint64_t below = 0;
  std::int64_t lower_us = 0;
  for (BucketSeries& bucket : buckets) {
    const Found found = FindAt(bucket, time);
    if (!found.value && found.was_there_before) return std::nullopt;
    std::uint64_t up_to_here = below;
    if (found.value) {
      const std::optional<std::uint64_t> count = CountOf(*found.value);
      if (!count) return std::nullopt;
      up_to_here = std::max(below, *count);
    }
    const std::int64_t upper_us = EdgeOf(bucket.le, unit);
    snapshot.buckets.push_back({lower_us, upper_us, up_to_here - below});
    below = up_to_here;
    lower_us = upper_us;
  }
  if (!IsPlausible(snapshot)) return std::nullopt;
  return snapshot;
}

std::optional<std::int64_t> SumOf(double value, Duration unit) {
  const std::optional<std::int64_t> sum_us = MicrosecondsOf(value, unit);
  return sum_us && *sum_us >= 0 ? sum_us : std::nullopt;
}

void AddSums(std::span<const FloatPoint> sums, Duration unit, HistogramTrack& track) {
  auto sum = sums.begin();
  for (HistogramSnapshot& snapshot : track.snapshots) {
    while (sum != sums.end() && sum->time < snapshot.time) ++sum;
    if (sum == sums.end()) return;
    if (sum->time == snapshot.time) snapshot.sum_us = SumOf(sum->value, unit);
  }
}

Labels WithoutName(Labels labels) {
  labels.erase("__name__");
  return labels;
}

HistogramTrack ClassicTrack(Labels labels, std::vector<BucketSeries> buckets, Duration unit) {
  std::sort(buckets.begin(), buckets.end(),
            [](const BucketSeries& a, const BucketSeries& b) { return a.le < b.le; });
  HistogramTrack track{std::move(labels)};
  if (!std::isinf(buckets.back().le)) return track;
  for (const FloatPoint& total : buckets.back().points) {
    if (auto snapshot = SnapshotAt(total.time, buckets, unit))
      track.snapshots.push_back(*std::move(snapshot));
  }
  return track;
}

std::optional<HistogramSnapshot> NativeSnapshot(const NativePoint& point, Duration unit) {
  HistogramSnapshot snapshot{point.time};
  for (const NativeBucket& native : point.buckets) {
    const std::optional<std::uint64_t> count = CountOf(native.count);
    if (!count) return std::nullopt;
    const DurationBucket bucket{EdgeOf(native.left, unit), EdgeOf(native.right, unit), *count};
    // Finer than a microsecond, or below zero: one bucket of no width.
    if (!snapshot.buckets.empty() && snapshot.buckets.back().upper_us == bucket.upper_us) {
      snapshot.buckets.back().count += bucket.count;
    } else {
      snapshot.buckets.push_back(bucket);
    }
  }
  if (!IsPlausible(snapshot)) return std::nullopt;
  snapshot.sum_us = SumOf(point.sum, unit);
  return snapshot;
}

}  // namespace

std::vector<HistogramTrack> ClassicTracks(std::span<const TimeSeries> buckets,
                                          std::span<const TimeSeries> sums, Duration unit) {
  std::map<Labels, std::vector<BucketSeries>> buckets_of;
  for (const TimeSeries& series : buckets) {
    const std::optional<double> le = EdgeValue(LabelOf(series.labels, "le"));
    if (!le) continue;
    Labels labels = WithoutName(series.labels);
    labels.erase("le");
    buckets_of[std::move(labels)].push_back({*le, series.points});
  }
  std::map<Labels, std::span<const FloatPoint>> sums_of;
  for (const TimeSeries& series : sums) sums_of.emplace(WithoutName(series.labels), series.points);

  std::vector<HistogramTrack> tracks;
  for (auto& [labels, its_buckets] : buckets_of) {
    HistogramTrack track = ClassicTrack(labels, std::move(its_buckets), unit);
    if (track.snapshots.empty()) continue;
    const auto its_sums = sums_of.find(labels);
    if (its_sums != sums_of.end()) AddSums(its_sums->second, unit, track);
    tracks.push_back(std::move(track));
  }
  return tracks;
}

std::vector<HistogramTrack> NativeTracks(std::span<const TimeSeries> histograms, Duration unit) {
  std::vector<HistogramTrack> tracks;
  for (const TimeSeries& series : histograms) {
    HistogramTrack track{WithoutName(series.labels)};
    for (const NativePoint& point : series.histograms) {
      if (auto snapshot = NativeSnapshot(point, unit))
        track.snapshots.push_back(*std::move(snapshot));
    }
    if (!track.snapshots.empty()) tracks.push_back(std::move(track));
  }
  return tracks;
}

}  // namespace loadcurve::prometheus
