#include "metrics/latency_histogram.h"

#include <algorithm>
#include <bit>
#include <cmath>

namespace loadcurve {
namespace {

constexpr unsigned kHalfBits = 7;
constexpr std::uint64_t kHalf = 1U << kHalfBits;
constexpr std::int64_t kLongest = (std::int64_t{1} << 36) - 1;

// Below 2 * kHalf the value itself; above, kHalf buckets for each bit more.
std::size_t BucketOf(std::uint64_t value) {
  const auto width = static_cast<unsigned>(std::bit_width(value));
  if (width <= kHalfBits + 1) return value;
  const unsigned shift = width - kHalfBits - 1;
  return shift * kHalf + (value >> shift);
}

// The largest value of a bucket.
std::uint64_t UpperOf(std::size_t bucket) {
  if (bucket < 2 * kHalf) return bucket;
  const std::size_t shift = bucket / kHalf - 1;
  return ((bucket - shift * kHalf + 1) << shift) - 1;
}

}  // namespace

void LatencyHistogram::Record(Duration duration) {
  const Duration value(std::clamp<std::int64_t>(duration.count(), 0, kLongest));
  const std::size_t bucket = BucketOf(static_cast<std::uint64_t>(value.count()));
  if (bucket >= counts_.size()) counts_.resize(bucket + 1);
  ++counts_[bucket];
  ++count_;
  sum_ += value;
  max_ = std::max(max_, value);
}

void LatencyHistogram::Merge(const LatencyHistogram& other) {
  if (counts_.size() < other.counts_.size()) counts_.resize(other.counts_.size());
  for (std::size_t i = 0; i < other.counts_.size(); ++i) counts_[i] += other.counts_[i];
  count_ += other.count_;
  sum_ += other.sum_;
  max_ = std::max(max_, other.max_);
}

void LatencyHistogram::Clear() {
  std::fill(counts_.begin(), counts_.end(), 0);
  count_ = 0;
  sum_ = max_ = Duration(0);
}

Duration LatencyHistogram::Quantile(double q) const {
  const auto wanted = std::max<std::uint64_t>(
      1, static_cast<std::uint64_t>(std::ceil(q * static_cast<double>(count_))));
  std::uint64_t seen = 0;
  for (std::size_t i = 0; i < counts_.size(); ++i) {
    seen += counts_[i];
    if (seen >= wanted) return std::min(max_, Duration(static_cast<Duration::rep>(UpperOf(i))));
  }
  return max_;
}

}  // namespace loadcurve
