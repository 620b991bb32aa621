#pragma once

#include <cstdint>
#include <vector>

#include "scaler/capacity/spot/demand_rises.h"
#include "scaler/capacity/spot/outage_model.h"

namespace loadcurve::capacity {

// A pool to hold spot nodes in. An on-demand node costs 1.
struct HoldingPool {
  double price = 0;
  std::int64_t most = 0;  // that may be held
  std::int64_t held = 0;
  std::vector<double> losses_per_second;  // of its first, second ... node, `most` of them
};

// What the choice of holdings stands on.
struct HoldingsAsk {
  std::int64_t demand = 0;  // nodes
  std::vector<HoldingPool> pools;
  std::int64_t on_demand_held = 0;
  std::vector<OutageEvent> events;  // with one count a pool
  std::vector<DemandRise> rises;
  double value = 0;         // of an unserved node-second, in on-demand node-seconds
  double lost_seconds = 0;  // without service after a loss that no spare covers
  double boot_seconds = 0;  // from an order to a ready node
  // What a node that is not there yet costs until it is, spread over the time it is wanted for, as
  // a share of its price; and what waiting for it costs, in on-demand nodes.
  double order_share = 0;
  double waiting = 0;
};

struct SpotHoldings {
  std::vector<std::int64_t> spot;  // of each pool
  std::int64_t on_demand = 0;
};

// The nodes to hold: what they cost, what orders cost, and what is not served when pools fall or
// the demand rises, is least together. For each count of spares s the nodes are placed one by one
// where the next is cheapest: an event leaves its losses beyond s unserved, so the first s nodes of
// a pool carry no risk alone, and the more a pool holds beyond, the more it has to be safe. A
// demand of more than 24 nodes is placed in 24 blocks.
SpotHoldings HoldingsFor(const HoldingsAsk& ask);

}  // namespace loadcurve::capacity
