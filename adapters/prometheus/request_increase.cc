#include "adapters/prometheus/request_increase.h"

#include <algorithm>

namespace loadcurve::prometheus {
namespace {

__extension__ using Wide = __int128;

bool IsUnbounded(const DurationBucket& bucket) {
  return bucket.upper_us == DurationBucket::kUnbounded;
}

Wide AtLower(const DurationBucket& bucket) {
  return static_cast<Wide>(bucket.count) * bucket.lower_us;
}

// How much the bucket can hold beyond its lower edge.
Wide RoomOf(const DurationBucket& bucket) {
  if (IsUnbounded(bucket)) return 0;
  return static_cast<Wide>(bucket.count) * (bucket.upper_us - bucket.lower_us);
}

// What is to be shared out beyond all lower edges.
struct Excess {
  Wide bounded = 0;    // by all bounded buckets together
  Wide unbounded = 0;  // by the unbounded one
};

Excess ExcessOf(std::span<const DurationBucket> buckets, std::optional<std::int64_t> sum_us) {
  Wide lowest = 0;
  Wide room = 0;
  bool has_unbounded = false;
  for (const DurationBucket& bucket : buckets) {
    lowest += AtLower(bucket);
    room += RoomOf(bucket);
    if (bucket.count > 0 && IsUnbounded(bucket)) has_unbounded = true;
  }
  if (!sum_us) return {room / 2, 0};
  const Wide excess = std::max<Wide>(0, *sum_us - lowest);
  const Wide bounded = std::min(excess, has_unbounded ? room / 2 : room);
  return {bounded, has_unbounded ? excess - bounded : 0};
}

// Takes the counts of `older` out of `difference`, which begins as the newer buckets; false
// where they are not in it.
bool TakeOut(std::span<const DurationBucket> older, std::vector<DurationBucket>& difference) {
  auto newer = difference.begin();
  for (const DurationBucket& bucket : older) {
    if (bucket.count == 0) continue;
    while (newer != difference.end() && newer->upper_us < bucket.upper_us) ++newer;
    const bool is_within = newer != difference.end() && newer->lower_us <= bucket.lower_us;
    if (!is_within || newer->count < bucket.count) return false;
    newer->count -= bucket.count;
  }
  return true;
}

}  // namespace

RequestIncrease ShareSum(std::span<const DurationBucket> buckets,
                         std::optional<std::int64_t> sum_us) {
  const Excess excess = ExcessOf(buckets, sum_us);
  Wide room = 0;
  for (const DurationBucket& bucket : buckets) room += RoomOf(bucket);

  RequestIncrease increase;
  Wide room_so_far = 0;
  Wide shared_so_far = 0;
  for (const DurationBucket& bucket : buckets) {
    if (bucket.count == 0) continue;
    Wide held = AtLower(bucket);
    if (IsUnbounded(bucket)) {
      held += excess.unbounded;
    } else if (room > 0) {
      room_so_far += RoomOf(bucket);
      const Wide shared = excess.bounded * room_so_far / room;
      held += shared - shared_so_far;
      shared_so_far = shared;
    }
    increase.buckets.push_back(
        {bucket.lower_us, bucket.upper_us, bucket.count, static_cast<std::uint64_t>(held)});
  }
  return increase;
}

RequestIncrease IncreaseSinceZero(const HistogramSnapshot& newer) {
  return ShareSum(newer.buckets, newer.sum_us);
}

RequestIncrease IncreaseBetween(const HistogramSnapshot& older, const HistogramSnapshot& newer) {
  std::vector<DurationBucket> difference = newer.buckets;
  if (!TakeOut(older.buckets, difference)) return IncreaseSinceZero(newer);
  std::optional<std::int64_t> sum_us;
  if (older.sum_us && newer.sum_us && *newer.sum_us >= *older.sum_us)
    sum_us = *newer.sum_us - *older.sum_us;
  return ShareSum(difference, sum_us);
}

void AddEvenly(const RequestIncrease& increase, TimePoint from, TimePoint to,
               const WindowRange& range, RequestCounts::SeriesId series, RequestCounts& counts) {
  const std::int64_t first = counts.WindowOf(from);
  const std::int64_t last = counts.WindowOf(to - Duration(1));
  if (last < range.first || first >= range.last) return;
  const Wide span = (to - from).count();
  for (const BucketIncrease& bucket : increase.buckets) {
    const auto count = static_cast<Wide>(bucket.count);
    const Wide excess = static_cast<Wide>(bucket.held_us) - count * bucket.lower_us;
    Wide ended = 0;
    Wide shared = 0;
    for (std::int64_t window = first; window <= last; ++window) {
      const Wide passed = (std::min(to, counts.StartOf(window + 1)) - from).count();
      const Wide ended_by_now = count * passed / span;
      const Wide shared_by_now = count == 0 ? 0 : excess * ended_by_now / count;
      const Wide here = ended_by_now - ended;
      const Wide held = here * bucket.lower_us + shared_by_now - shared;
      ended = ended_by_now;
      shared = shared_by_now;
      if (here == 0 || !range.Holds(window)) continue;
      const Duration mean(static_cast<std::int64_t>((held + here - 1) / here));
      counts.AddCell(window, series, counts.bounds().BucketOf(mean),
                     {.count = static_cast<std::uint64_t>(here),
                      .duration_us = static_cast<std::uint64_t>(held)});
    }
  }
}

}  // namespace loadcurve::prometheus
