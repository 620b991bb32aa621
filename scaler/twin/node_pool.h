#pragma once

#include <cstdint>
#include <deque>
#include <optional>

#include "base/units.h"

namespace loadcurve::twin {

// Nodes that replicas stand on, as a node autoscaler keeps them.
struct NodeLimits {
  std::int64_t standing = 1;                     // are always there; 1 <= standing <= most
  std::int64_t most = 1'000'000;                 // and no more than these
  std::int64_t replicas_per_node = 1;            // >= 1
  Duration startup = std::chrono::seconds(120);  // from the order of a node to its first replica
};

// How many nodes there are, are coming, and are not needed any more. Replicas are counted and not
// placed one by one: `placed` of them fill as few nodes as can hold them.
class NodePool {
 public:
  // `placed` stand from the beginning; more than fit on limits.most are not placed.
  NodePool(const NodeLimits& limits, std::int64_t placed);

  // Room on the nodes that are there.
  std::int64_t Free() const { return nodes_ * limits_.replicas_per_node - placed_; }
  std::int64_t nodes() const { return nodes_; }
  std::int64_t placed() const { return placed_; }

  // At most Free().
  void Place(std::int64_t replicas) { placed_ += replicas; }
  void Release(std::int64_t replicas) { placed_ -= replicas; }

  // `waiting` replicas have no node: as many as they need, and no more than there may be, are
  // ordered, less those that come already. One that comes comes, even if nobody waits any more.
  void Order(std::int64_t waiting, TimePoint now);
  // When the next node is there.
  std::optional<TimePoint> NextArrival() const;
  // It is.
  void Arrive();

  // A node that was not needed for kUnneeded goes, as Cluster Autoscaler takes it back
  // (--scale-down-unneeded-time). `now` never goes back.
  void Retire(TimePoint now);

  static constexpr Duration kUnneeded = std::chrono::minutes(10);

 private:
  std::int64_t Needed() const;

  NodeLimits limits_;
  std::int64_t placed_;
  std::int64_t nodes_;
  std::deque<TimePoint> coming_;
  struct Need {
    TimePoint until;  // it was the need up to here
    std::int64_t nodes;
  };
  std::deque<Need> needs_;  // nodes fall: what is lower than a later one is dropped
};

}  // namespace loadcurve::twin
