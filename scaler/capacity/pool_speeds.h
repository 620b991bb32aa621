#pragma once

#include <span>
#include <vector>

#include "base/units.h"
#include "scaler/capacity/capacity_offer.h"
#include "scaler/replica_mix.h"

namespace loadcurve::capacity {

// What one workload knows of how fast families of instances are.
struct WorkloadSpeeds {
  CpuCores cores;  // that it asks for, > 0; of what the speeds were measured by
  InstanceSpeeds speeds{};

  bool operator==(const WorkloadSpeeds&) const = default;
};

// How fast families are for all of them together: a family on which the cores c_i of those who know
// it become c_i / speed_i has the speed sum c_i / sum (c_i / speed_i).
InstanceSpeeds SpeedsTogether(std::span<const WorkloadSpeeds> workloads);

// `next` as it is to be planned with after `before`: who moved by less than 3 % stays, so that what
// is learnt a little better every ten minutes moves no nodes.
InstanceSpeeds Settled(const InstanceSpeeds& before, InstanceSpeeds next);

// The pools with the speeds of their instance types or families, but for those that state another
// than 1 themselves.
std::vector<CapacityOffer> WithSpeeds(std::vector<CapacityOffer> pools,
                                      const InstanceSpeeds& speeds);

}  // namespace loadcurve::capacity
