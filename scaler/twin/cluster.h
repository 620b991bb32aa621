#pragma once

#include <cstddef>
#include <deque>

#include "base/units.h"

namespace loadcurve::twin {

// Replicas of one workload: what is asked for starts, and is ready after the start-up time. When
// fewer are asked for, those that are not ready go first, the latest first, as a ReplicaSet
// does; ready ones go at once.
class Cluster {
 public:
  // `initial` replicas are ready at time `start`.
  Cluster(Replicas initial, Duration startup, TimePoint start);

  // `now` never goes back, here and below.
  void Ask(Replicas total, TimePoint now);

  // Begins a span over which LeastReady() and PaidSeconds() count.
  void BeginSpan(TimePoint now);
  // Ends it, and lets what is ready by then be ready.
  void EndSpan(TimePoint now);

  Replicas total() const { return ready_ + starting_; }
  Replicas ready() const { return ready_; }
  // The fewest ready replicas at any time of the span.
  Replicas LeastReady() const { return least_; }
  // Replica-seconds of the span, from the order of a replica to its end.
  double PaidSeconds() const { return paid_seconds_; }

 private:
  struct Batch {
    TimePoint ready_at;
    Replicas count;
  };
  void Advance(TimePoint now);

  Duration startup_;
  Replicas ready_;
  Replicas starting_{0};
  std::deque<Batch> batches_;  // rising times
  TimePoint now_;
  Replicas least_;
  double paid_seconds_ = 0;
};

}  // namespace loadcurve::twin
