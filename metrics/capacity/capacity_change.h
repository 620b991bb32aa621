#pragma once

#include <string_view>

#include "metrics/replica_capacity.h"

namespace loadcurve {

enum class CapacityChange {
  kUnchanged,
  kHigher,
  kLower,
  kUnknown,  // the later one is at least something that is less than the earlier one
};

// "unchanged", "higher", "lower", "unknown".
std::string_view Name(CapacityChange change);

struct CapacityComparison {
  CapacityChange change = CapacityChange::kUnchanged;
  double ratio = 1;  // after / before, with its 90 % interval
  double low = 1;
  double high = 1;
};

// Of two capacities in the same weights. Errors of both are taken as independent and their
// logarithms as normal; unchanged is what differs by less than chance does (the interval of the
// ratio holds 1), or by less than 3 %: two ramps at the same service differ that much.
// `is_at_least`: more than `after` was not tried.
CapacityComparison CompareCapacity(const ReplicaCapacity& before, const ReplicaCapacity& after,
                                   bool is_at_least = false);

}  // namespace loadcurve
