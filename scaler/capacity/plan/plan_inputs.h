#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "scaler/capacity/capacity_offer.h"
#include "scaler/capacity/joint_outages.h"
#include "scaler/capacity/node_demand.h"

namespace loadcurve::capacity {

// Nodes of a pool that are paid for, ready or on their way.
struct HeldNodes {
  std::string pool;
  std::int64_t nodes = 0;  // >= 0
  // Of them: those that stay until demand falls, since they were moved a short while ago or their
  // price is not known well. They are not left for cheaper ones.
  std::int64_t unsettled = 0;
};

// What a plan is made of. What is lent outlives the call.
struct PlanInputs {
  std::span<const CapacityOffer> offers;  // pools with names of their own, valid as stated there
  const NodeDemand& demand;
  const JointOutages& outages;  // pools that it does not name are never lost
  std::vector<HeldNodes> held;
  std::vector<std::string> closed;  // pools in which nothing may be ordered now
};

}  // namespace loadcurve::capacity
