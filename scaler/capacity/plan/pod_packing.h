#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "scaler/capacity/capacity_offer.h"
#include "scaler/capacity/node_demand.h"
#include "scaler/capacity/resource_amounts.h"

namespace loadcurve::capacity {

struct PackedPods {
  std::size_t group = 0;   // in the demand
  std::int64_t count = 0;  // > 0
};

struct PackedNode {
  std::size_t offer = 0;
  std::vector<PackedPods> pods;
  ResourceAmounts left{};  // that nobody asked for
};

struct UnplacedPods {
  std::size_t group = 0;
  std::int64_t count = 0;  // > 0
  std::string why;
  std::string zone{};  // where a place would help; "" = in any
};

// Which pods would stand on which node.
struct PodPacking {
  std::vector<PackedNode> nodes;
  std::vector<UnplacedPods> unplaced;

  std::int64_t PlacedCount() const;
  std::int64_t UnplacedCount() const;
};

// Packs the pods that `probability` asks for onto nodes[i] nodes of offers[i]: groups that care who
// stands beside them first, those that they need before them; then groups that may stand on fewest
// nodes, then those that take the largest share of a node; onto reserved nodes first, spot last. A
// pod on a node of speed v counts for v. Spread over zones and nodes is kept, and what
// PodNeighbours says.
PodPacking PackPods(const NodeDemand& demand, double probability,
                    std::span<const CapacityOffer> offers, std::span<const std::int64_t> nodes);

// The same packing, with what had no place on nodes that were added since: nodes[i] are no fewer
// than it has. Nobody who has a place leaves it, but where a spread over zones would be broken.
PodPacking PackRest(PodPacking packing, const NodeDemand& demand,
                    std::span<const CapacityOffer> offers, std::span<const std::int64_t> nodes);

}  // namespace loadcurve::capacity
