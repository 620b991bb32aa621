#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/units.h"
#include "metrics/usage_source.h"

namespace loadcurve {

// The memory of the container of a replica that would be the first to be killed.
struct TightestMemory {
  std::string container{};
  Bytes limit{};
  std::vector<UsageWindow> windows{};
};

// The container that came nearest to its limit; with a limit that is `given`, the one that used
// most. Absent where no container has a limit, or nothing was used.
std::optional<TightestMemory> TightestMemoryOf(const MeasuredUsage& usage,
                                               std::optional<Bytes> given);

}  // namespace loadcurve
