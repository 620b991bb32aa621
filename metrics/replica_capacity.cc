#include "metrics/replica_capacity.h"

#include <algorithm>

namespace loadcurve {

std::string_view Name(BindingResource resource) {
  return resource == BindingResource::kCpu ? "cpu" : "slots";
}

MetricsQps PlannedLoad(const ReplicaCapacity& capacity) {
  constexpr double kMostAboveLow = 1.25;
  return std::min(capacity.load, capacity.low * kMostAboveLow);
}

}  // namespace loadcurve
