#include "metrics/capacity/capacity_change.h"

#include <array>
#include <cmath>

namespace loadcurve {
namespace {

// Of the 90 % interval, in logarithms.
double HalfWidth(const ReplicaCapacity& capacity) {
  return std::log(capacity.high / capacity.low) / 2;
}

}  // namespace

std::string_view Name(CapacityChange change) {
  constexpr std::array<std::string_view, 4> kNames = {"unchanged", "higher", "lower", "unknown"};
  return kNames[static_cast<std::size_t>(change)];
}

CapacityComparison CompareCapacity(const ReplicaCapacity& before, const ReplicaCapacity& after,
                                   bool is_at_least) {
  constexpr double kAlike = 0.03;
  const double ratio = after.load / before.load;
  const double error = std::hypot(HalfWidth(before), HalfWidth(after));
  CapacityComparison comparison{CapacityChange::kUnchanged, ratio, ratio * std::exp(-error),
                                ratio * std::exp(error)};
  const bool is_alike = std::abs(ratio - 1) < kAlike;
  if (comparison.low > 1 && !is_alike) comparison.change = CapacityChange::kHigher;
  if (comparison.high < 1 && !is_alike)
    comparison.change = is_at_least ? CapacityChange::kUnknown : CapacityChange::kLower;
  return comparison;
}

}  // namespace loadcurve
