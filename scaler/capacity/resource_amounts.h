#pragma once

#include <algorithm>
#include <array>
#include <cstddef>

#include "scaler/capacity/capacity_offer.h"

namespace loadcurve::capacity {

// NodeResources in a row, for sums: cores, GiB, pods.
using ResourceAmounts = std::array<double, 3>;

inline constexpr double kBytesInGib = 1024.0 * 1024.0 * 1024.0;

inline ResourceAmounts AmountsOf(const NodeResources& resources) {
  return {resources.cpu.value(), static_cast<double>(resources.memory.value()) / kBytesInGib,
          static_cast<double>(resources.pods)};
}

// The largest share of `whole` that `part` takes of any resource; where there is none of what is
// asked for, more than any number of nodes.
inline double DominantShare(const ResourceAmounts& part, const ResourceAmounts& whole) {
  constexpr double kNever = 1e12;
  double share = 0;
  for (std::size_t r = 0; r < part.size(); ++r) {
    if (!(part[r] > 0)) continue;
    share = std::max(share, whole[r] > 0 ? part[r] / whole[r] : kNever);
  }
  return share;
}

}  // namespace loadcurve::capacity
