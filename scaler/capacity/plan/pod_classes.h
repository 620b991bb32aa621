#pragma once

#include <algorithm>
#include <cstddef>
#include <limits>
#include <span>
#include <string>
#include <vector>

#include "scaler/capacity/capacity_offer.h"
#include "scaler/capacity/node_demand.h"
#include "scaler/capacity/plan/neighbour_counts.h"
#include "scaler/capacity/resource_amounts.h"

namespace loadcurve::capacity {

// Groups of pods that may stand on the same pools, so that room for one is room for all.
struct PodClass {
  struct Member {
    std::size_t group = 0;  // in the demand
    double share = 1;       // of the group: less where it is spread over zones
    double most = std::numeric_limits<double>::infinity();  // pods, in all

    double ReplicasOf(const NodeDemand& demand, double probability) const {
      return std::min(most, share * demand.ReplicasAt(group, probability));
    }
  };
  // What one machine of a pool holds of the class.
  struct Place {
    std::size_t offer = 0;
    ResourceAmounts holds{};  // of pods of speed 1, what does not fit together taken off
    double egress = 0;        // USD an hour of a machine that is full of them
  };

  std::vector<Member> members;
  std::vector<Place> places;
};

// A group that may stand nowhere, and why.
struct HomelessPods {
  std::size_t group = 0;
  std::string why;
};

struct PodClasses {
  std::vector<PodClass> classes;
  std::vector<HomelessPods> homeless;
};

// A group that is spread over zones counts as one for each zone, with equal shares; one whose
// neighbours are counted is in classes of its own. Pods of a class are mixed as at `level`.
PodClasses ClassesOf(const NodeDemand& demand, const NeighbourCounts& counts,
                     std::span<const CapacityOffer> offers, double level);

// What the members ask for together when each has the replicas of `probability`.
ResourceAmounts AskedBy(const PodClass& pods, const NodeDemand& demand, double probability);

}  // namespace loadcurve::capacity
