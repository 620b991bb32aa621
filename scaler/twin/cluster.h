#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <vector>

#include "base/units.h"
#include "scaler/twin/node_pool.h"
#include "scaler/twin/startup_times.h"

namespace loadcurve::twin {

// What stands between an order and a ready replica.
struct Provisioning {
  StartupTimes startup;               // on a node that is there
  std::optional<NodeLimits> nodes{};  // absent: there is always room
  std::uint64_t seed = 1;             // of start-up times that differ
};

// That many are ready from then on.
struct ReadyChange {
  TimePoint at;
  Replicas ready;
};

// Replicas of one workload: what is asked for waits for a node where there is no room, starts, and
// is ready after its start-up time. When fewer are asked for, those without a node go first, then
// those that are not ready, the latest first, as a ReplicaSet does; ready ones go at once.
class Cluster {
 public:
  // `initial` replicas are ready at time `start`, as far as there may be nodes for them.
  Cluster(Replicas initial, const Provisioning& provisioning, TimePoint start);
  Cluster(Replicas initial, Duration startup, TimePoint start)
      : Cluster(initial, Provisioning{.startup = StartupTimes(startup)}, start) {}

  // Writes down each change of what is ready, in order; `path` outlives the cluster.
  void Trace(std::vector<ReadyChange>& path);

  // `now` never goes back, here and below.
  void Ask(Replicas total, TimePoint now);

  // Begins a span over which LeastReady() and the seconds count.
  void BeginSpan(TimePoint now);
  // Ends it, and lets what is ready by then be ready.
  void EndSpan(TimePoint now);

  Replicas total() const { return ready_ + starting_ + waiting_; }
  Replicas ready() const { return ready_; }
  // Without a node.
  Replicas waiting() const { return waiting_; }
  // The fewest ready replicas at any time of the span.
  Replicas LeastReady() const { return least_; }
  // Replica-seconds of the span, from the order of a replica to its end; and of these, without a
  // node.
  double PaidSeconds() const { return paid_seconds_; }
  double WaitingSeconds() const { return waiting_seconds_; }

 private:
  struct Batch {
    TimePoint ready_at;
    Replicas count;
  };
  void Advance(TimePoint now);
  void Elapse(TimePoint now);
  // Nodes that come by `now` take those that wait.
  void MeetNodes(TimePoint now);
  void Finish(TimePoint now);
  void Add(Replicas more, TimePoint now);
  void Start(Replicas more, TimePoint now);
  void Drop(Replicas fewer, TimePoint now);
  void Note(TimePoint at) const;

  StartupTimes startup_;
  std::uint64_t seed_;
  std::optional<NodePool> nodes_;
  std::uint64_t started_ = 0;  // so many times were drawn
  Replicas ready_;
  Replicas starting_{0};
  Replicas waiting_{0};
  std::deque<Batch> batches_;  // as they were started
  std::vector<ReadyChange>* path_ = nullptr;
  TimePoint now_;
  Replicas least_;
  double paid_seconds_ = 0;
  double waiting_seconds_ = 0;
};

}  // namespace loadcurve::twin
