#include "metrics/capacity/tightest_memory.h"

#include <algorithm>

namespace loadcurve {
namespace {

std::optional<Bytes> LimitOf(const MeasuredUsage& usage, const std::string& container) {
  const auto found = std::ranges::find(usage.resources, container, &ContainerResources::name);
  return found == usage.resources.end() ? std::nullopt : found->memory_limit;
}

double HighestOf(const ContainerUsage& container) {
  Bytes highest;
  for (const UsageWindow& window : container.windows)
    highest = std::max(highest, window.memory_highest);
  return static_cast<double>(highest.value());
}

}  // namespace

std::optional<TightestMemory> TightestMemoryOf(const MeasuredUsage& usage,
                                               std::optional<Bytes> given) {
  std::optional<TightestMemory> tightest;
  double highest_share = 0;
  for (const ContainerUsage& container : usage.containers) {
    const auto limit = given ? given : LimitOf(usage, container.name);
    if (!limit) continue;
    const double share = HighestOf(container) / static_cast<double>(limit->value());
    if (share <= highest_share) continue;
    highest_share = share;
    tightest = TightestMemory{container.name, *limit, container.windows};
  }
  return tightest;
}

}  // namespace loadcurve
