#include "metrics/replica_capacity.h"

#include <algorithm>
#include <array>

namespace loadcurve {
namespace {

constexpr std::array<std::string_view, 5> kNames = {"cpu", "slots", "memory", "lock", "dependency"};

}  // namespace

std::string_view Name(BindingResource resource) {
  return kNames[static_cast<std::size_t>(resource)];
}

std::optional<BindingResource> BindingResourceOf(std::string_view name) {
  const auto found = std::find(kNames.begin(), kNames.end(), name);
  if (found == kNames.end()) return std::nullopt;
  return static_cast<BindingResource>(found - kNames.begin());
}

MetricsQps PlannedLoad(const ReplicaCapacity& capacity) {
  constexpr double kMostAboveLow = 1.25;
  return std::min(capacity.load, capacity.low * kMostAboveLow);
}

}  // namespace loadcurve
