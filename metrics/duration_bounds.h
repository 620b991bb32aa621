#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "base/result.h"
#include "base/units.h"

namespace loadcurve {

// The edges that cut requests into buckets by how long they took.
//
// Bucket i holds durations in (upper[i-1], upper[i]]; the first starts at zero and holds
// negative durations too (clocks that disagree); the last is unbounded, as in
// Prometheus, so counts from an access log and from a scraped histogram merge.
class DurationBounds {
 public:
  // Upper edges in whole microseconds: positive, strictly increasing, 1 to 63 of them.
  // Anything else is kInvalidArgument.
  [[nodiscard]] static Result<DurationBounds> Make(std::vector<Duration> upper);

  // Five buckets a decade from 100 us to 100 s, with the edges of CudgX's segments
  // among them: its segments are [a, b), ours (a, b], hence 9,999 us and kin.
  static const DurationBounds& Default();

  std::size_t bucket_count() const { return upper_.size() + 1; }
  std::span<const Duration> upper() const { return upper_; }

  std::size_t BucketOf(Duration duration) const;

  bool operator==(const DurationBounds& other) const { return upper_ == other.upper_; }

 private:
  explicit DurationBounds(std::vector<Duration> upper);

  std::vector<Duration> upper_;
  // The first bucket that a duration of so many bits can fall into.
  std::array<std::uint8_t, 65> first_bucket_of_width_{};
};

}  // namespace loadcurve
