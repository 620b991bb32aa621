#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/units.h"
#include "scaler/capacity/pod_group.h"

namespace loadcurve::capacity {

// Replicas of one group that are not exceeded with the probabilities of the demand's levels.
struct GroupDemand {
  PodGroup pods;
  std::vector<double> replicas;  // one a level, >= 0, never falling; of a node of speed 1
};

// What nodes must hold at the busiest moment of the time that a plan is for.
class NodeDemand {
 public:
  // `levels` rise within (0, 1), at least one; groups have names of their own. Anything else is
  // kInvalidArgument.
  [[nodiscard]] static Result<NodeDemand> Make(std::vector<double> levels,
                                               std::vector<GroupDemand> groups);

  const std::vector<double>& levels() const { return levels_; }
  const std::vector<GroupDemand>& groups() const { return groups_; }

  // Replicas of groups()[group] that are not exceeded with `probability`: linear between levels,
  // flat beyond them.
  double ReplicasAt(std::size_t group, double probability) const;

 private:
  NodeDemand(std::vector<double> levels, std::vector<GroupDemand> groups)
      : levels_(std::move(levels)), groups_(std::move(groups)) {}

  std::vector<double> levels_;
  std::vector<GroupDemand> groups_;
};

// Quantiles of the replicas that one group needs, moment by moment.
struct ReplicaQuantiles {
  PodGroup pods;
  std::vector<TimePoint> times;           // rise
  std::vector<std::vector<double>> rows;  // rows[i]: replicas from times[i] on, one a level
};

// The most that each group needs, level by level, from `now` until `window` later: as long as an
// order that is given now, or at the next decision, takes to become a node. kInsufficientData where
// a path says nothing of that time.
[[nodiscard]] Result<NodeDemand> DemandWithin(std::vector<double> levels,
                                              std::span<const ReplicaQuantiles> paths,
                                              TimePoint now, Duration window);

}  // namespace loadcurve::capacity
