#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "scaler/capacity/replay/spot_market.h"
#include "scaler/capacity/replay/spot_policy.h"

namespace loadcurve::capacity {

// One tick of a replay, in node-ticks.
struct SpotTick {
  std::int64_t demand = 0;
  // Nodes that were ready, in the mean of the tick; in a tick that was short at any moment what was
  // served, so that a surplus later in it hides nothing. min(ready, demand) is always what was
  // served.
  double ready = 0;
  double on_demand = 0;  // paid for, from the order to the end
  double spot = 0;
  double spot_cost = 0;  // what `spot` costs, an on-demand node-tick costs 1
};

// What a policy did.
struct SpotRun {
  std::string policy;
  std::vector<SpotTick> ticks;
  std::int64_t interruptions = 0;  // nodes lost
  std::int64_t orders = 0;         // nodes ordered; those that stand at the start are not
};

// Of a whole run.
struct SpotMeasures {
  double cost = 0;                     // node-hours of on-demand nodes
  double cost_ratio_to_on_demand = 0;  // by what demand alone costs on demand
  double served_ratio = 0;             // node-seconds served by node-seconds demanded
};

// Replays the market under the policy, which is fresh. It starts with as many ready on-demand nodes
// as the first tick demands. Deterministic.
SpotRun ReplaySpot(const SpotMarket& market, SpotPolicy& policy);

SpotMeasures MeasuresOf(const SpotRun& run, Duration gap);

// What a policy of this market is made for.
SpotPolicyTerms TermsOf(const SpotMarket& market);

}  // namespace loadcurve::capacity
