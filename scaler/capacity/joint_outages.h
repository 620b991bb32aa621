#pragma once

#include <string>
#include <vector>

namespace loadcurve::capacity {

// What may happen to spot pools together within the time that a plan looks ahead. Pools of a
// region fall together, so pools are never drawn one by one.
struct JointOutages {
  std::vector<std::string> pools;
  // alive[s][p]: the share of the nodes of pools[p] that scenario s leaves, in [0, 1]. All
  // scenarios are equally likely.
  std::vector<std::vector<double>> alive;
};

}  // namespace loadcurve::capacity
