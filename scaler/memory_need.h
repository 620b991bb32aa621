#pragma once

#include <string>

#include "base/units.h"
#include "metrics/replica_capacity.h"

namespace loadcurve {

// What the replicas of a workload use of their memory.
struct MemoryUse {
  TimePoint until{};    // the end of the window that was looked at
  Bytes highest{};      // the largest working set of any replica in it
  Replicas replicas{};  // that were heard of, > 0

  bool operator==(const MemoryUse&) const = default;
};

// The fewest replicas that keep each at or below `target_utilization` of its limit, where all that
// replicas use above idle is shared by as many as there are:
//
//   replicas = ceil( use.replicas * (use.highest - idle) / (limit * target_utilization - idle) )
//
// All are taken to be as full as the fullest. 0 where that uses no more than idle; more than a
// million are given as a million. `memory` as a ScalingProfile has it: limit * target_utilization >
// idle.
Replicas MemoryNeedOf(const MemoryUse& use, const ReplicaMemory& memory, Ratio target_utilization);

// "the fullest of 4 replicas uses 900Mi; a replica may use 1000Mi, 200Mi of them without load,
// ...".
std::string MemoryWords(const MemoryUse& use, const ReplicaMemory& memory,
                        Ratio target_utilization);

}  // namespace loadcurve
