#include "metrics/late_requests.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <vector>

namespace loadcurve {
namespace {

// The share of each bucket that is later.
std::vector<double> LateShares(const DurationBounds& bounds, Duration target) {
  constexpr double kFirstPart = 0.25;
  const auto upper = bounds.upper();
  const double at = Seconds(target);
  std::vector<double> shares;
  double low = Seconds(upper.front()) * kFirstPart;
  for (const Duration edge : upper) {
    const double high = Seconds(edge);
    shares.push_back(std::clamp(std::log(high / at) / std::log(high / low), 0.0, 1.0));
    low = high;
  }
  // Whether they are later than a target beyond the last edge is not known; they are not told so.
  shares.push_back(at <= low ? 1 : 0);
  return shares;
}

}  // namespace

std::map<std::int64_t, LateRequests> LateIn(const RequestCounts& counts, Duration target) {
  const std::vector<double> shares = LateShares(counts.bounds(), target);
  std::map<std::int64_t, LateRequests> late;
  counts.ForEach([&](const RequestCounts::Entry& entry) {
    if (counts.series()[entry.series].request_class != RequestClass::kServed) return;
    LateRequests& window = late[entry.window];
    const auto count = static_cast<double>(entry.cell.count);
    window.served += count;
    window.late += count * shares[entry.bucket];
  });
  return late;
}

}  // namespace loadcurve
