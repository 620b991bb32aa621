#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "base/units.h"
#include "scaler/capacity/plan/pod_packing.h"

namespace loadcurve::capacity {

// What a plan makes of one pool.
struct PoolPlan {
  std::string pool;
  std::int64_t held = 0;
  std::int64_t nodes = 0;
  std::string why;
};

// What may go wrong, as shares of the pods needed at the level of the terms, in [0, 1].
struct PlanRisk {
  double mean_shortfall = 0;
  double tail_shortfall = 0;   // CVaR: the mean of the worst 1 - tail
  double worst_shortfall = 0;  // of all scenarios
  std::size_t scenarios = 0;
};

// Nodes to hold, pool by pool, with what they cost, what may go wrong and why.
struct CapacityPlan {
  std::vector<PoolPlan> pools;  // in the order of the offers
  UsdPerHour cost;              // of all nodes; reserved ones are paid whether used or not
  UsdPerHour held_cost;         // of the nodes held now
  // How much dearer the whole numbers are than the best that could be without them; the sum that
  // is compared counts moves and losses too. What packing added is in it.
  double above_bound = 0;
  bool is_searched = false;  // by branch and bound, not by rounding
  PlanRisk risk;
  PodPacking packing;              // of the pods needed at the level
  std::vector<std::string> notes;  // limits that were hit, in words
};

}  // namespace loadcurve::capacity
