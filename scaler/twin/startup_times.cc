#include "scaler/twin/startup_times.h"

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>

#include "base/time_text.h"
#include "scaler/normal_distribution.h"

namespace loadcurve::twin {
namespace {

constexpr std::size_t kParts = 1000;
constexpr double kMostSpread = 10;
constexpr double kPlannedLevel = 0.95;

// Sebastiano Vigna's splitmix64: the number at a place of a random sequence, without those before.
std::uint64_t NumberAt(std::uint64_t place, std::uint64_t seed) {
  std::uint64_t mixed = seed * 0xD1342543DE82EF95U + (place + 1) * 0x9E3779B97F4A7C15U;
  mixed = (mixed ^ (mixed >> 30U)) * 0xBF58476D1CE4E5B9U;
  mixed = (mixed ^ (mixed >> 27U)) * 0x94D049BB133111EBU;
  return mixed ^ (mixed >> 31U);
}

}  // namespace

Result<StartupTimes> StartupTimes::Spread(Duration p95, double spread) {
  if (p95 < Duration(0))
    return Fail(ErrorCode::kInvalidArgument, "the start-up time must not be negative");
  if (!(spread >= 1 && spread <= kMostSpread))
    return Fail(ErrorCode::kInvalidArgument,
                "the start-up spread is " + std::to_string(spread) +
                    "; expected the 95th percentile by the median, from 1 to 10");
  if (spread == 1) return StartupTimes(p95);
  const double sigma = std::log(spread) / NormalQuantile(kPlannedLevel);
  const double median = static_cast<double>(p95.count()) / spread;
  std::vector<Duration> times;
  for (std::size_t i = 0; i < kParts; ++i) {
    const double level = (static_cast<double>(i) + 0.5) / static_cast<double>(kParts);
    times.emplace_back(std::llround(median * std::exp(sigma * NormalQuantile(level))));
  }
  return StartupTimes(std::move(times), p95);
}

Result<StartupTimes> StartupTimes::Measured(std::span<const Duration> times) {
  if (times.empty()) return Fail(ErrorCode::kInvalidArgument, "there is no start-up time");
  std::vector<Duration> sorted(times.begin(), times.end());
  std::ranges::sort(sorted);
  if (sorted.front() < Duration(0))
    return Fail(ErrorCode::kInvalidArgument,
                "a start-up time is " + ToString(sorted.front()) + "; expected 0s or more");
  const double place = std::ceil(kPlannedLevel * static_cast<double>(sorted.size()));
  const Duration planned = sorted[static_cast<std::size_t>(place) - 1];
  return StartupTimes(std::move(sorted), planned);
}

Duration StartupTimes::Of(std::uint64_t order, std::uint64_t seed) const {
  if (has_one_time()) return times_.front();
  const double drawn = static_cast<double>(NumberAt(order, seed) >> 11U) * 0x1.0p-53;  // [0, 1)
  return times_[static_cast<std::size_t>(drawn * static_cast<double>(times_.size()))];
}

}  // namespace loadcurve::twin
