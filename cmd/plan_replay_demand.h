#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/units.h"

namespace loadcurve {

// Nodes demanded in each of `ticks` ticks of `gap`. `path` empty: `nodes` throughout. Else a CSV of
// columns time,value whose highest value needs `nodes` nodes and whose others need their share,
// rounded up, one at least: the highest of a tick, the last one where it is missing, and from the
// beginning again where the file is shorter than the ticks.
[[nodiscard]] Result<std::vector<std::int64_t>> ReplayDemand(const std::string& path,
                                                             std::int64_t nodes, std::size_t ticks,
                                                             Duration gap);

}  // namespace loadcurve
