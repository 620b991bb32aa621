#include "metrics/duration_bounds.h"

#include <algorithm>
#include <bit>
#include <string>
#include <utility>

#include "base/check.h"
#include "base/time_text.h"

namespace loadcurve {

DurationBounds::DurationBounds(std::vector<Duration> upper) : upper_(std::move(upper)) {
  for (std::size_t width = 0; width < first_bucket_of_width_.size(); ++width) {
    const std::int64_t smallest = width == 0 ? 0 : std::int64_t{1} << (width - 1);
    const auto bucket = std::lower_bound(upper_.begin(), upper_.end(), Duration(smallest));
    first_bucket_of_width_[width] = static_cast<std::uint8_t>(bucket - upper_.begin());
    if (width == 63) break;
  }
}

Result<DurationBounds> DurationBounds::Make(std::vector<Duration> upper) {
  if (upper.empty() || upper.size() > 63)
    return Fail(ErrorCode::kInvalidArgument,
                "expected 1 to 63 duration bounds, found " + std::to_string(upper.size()));
  if (upper.front() <= Duration(0))
    return Fail(
        ErrorCode::kInvalidArgument,
        "the first duration bound is " + ToString(upper.front()) + "; expected more than 0");
  for (std::size_t i = 1; i < upper.size(); ++i) {
    if (upper[i] <= upper[i - 1])
      return Fail(ErrorCode::kInvalidArgument, "duration bound " + ToString(upper[i]) +
                                                   " follows " + ToString(upper[i - 1]) +
                                                   "; expected rising bounds");
  }
  return DurationBounds(std::move(upper));
}

const DurationBounds& DurationBounds::Default() {
  static const DurationBounds kBounds = [] {
    std::vector<Duration> upper;
    for (std::int64_t decade = 100; decade < 100'000'000; decade *= 10) {
      for (const std::int64_t tenths : {10, 16, 25, 40, 63})
        upper.emplace_back(decade * tenths / 10);
    }
    upper.emplace_back(100'000'000);
    for (const std::int64_t cudgx : {9'999, 49'999, 99'999, 499'999}) {
      std::erase(upper, Duration(cudgx + 1));
      upper.emplace_back(cudgx);
    }
    std::sort(upper.begin(), upper.end());
    return DurationBounds(std::move(upper));
  }();
  return kBounds;
}

std::size_t DurationBounds::BucketOf(Duration duration) const {
  if (duration.count() <= 0) return 0;
  const auto width =
      static_cast<std::size_t>(std::bit_width(static_cast<std::uint64_t>(duration.count())));
  std::size_t bucket = first_bucket_of_width_[width];
  while (bucket < upper_.size() && duration > upper_[bucket]) ++bucket;
  return bucket;
}

}  // namespace loadcurve
