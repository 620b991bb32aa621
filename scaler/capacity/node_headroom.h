#pragma once

#include <deque>
#include <optional>

#include "base/units.h"

namespace loadcurve::capacity {

// One look at a workload.
struct HeadroomLook {
  TimePoint now;
  Replicas present;  // that are there, running or waiting for a node
  Replicas need;     // the most that will be asked for until a node ordered now is ready
  // Whether what is known is good enough to give anything back.
  bool may_shrink = false;
};

// For how many replicas of a workload nodes are kept ready beside those it has: the gap between
// what is needed ahead and what is there.
//
// It grows with the gap at once. Replicas that come take their nodes out of it at once, since
// nothing is bought twice. What is given back without being used goes slowly: down to the largest
// gap of the time `keep`, and not before `keep` has passed since the last change, so that a
// forecast that was wrong once is bought once and returned once. In doubt nothing is given back.
//
// Not thread-safe.
class NodeHeadroom {
 public:
  // `keep` >= 0.
  explicit NodeHeadroom(Duration keep) : keep_(keep) {}

  // Another process kept so many ready until `now`.
  void Resume(TimePoint now, Replicas ahead);

  // Replicas to keep nodes ready for. `look.now` never goes back.
  Replicas Next(const HeadroomLook& look);

  Replicas ahead() const { return ahead_; }
  // With another `keep`, what is held is held on.
  void UseKeep(Duration keep) { keep_ = keep; }

 private:
  struct Gap {
    TimePoint at;
    Replicas replicas;
  };

  void TakeOut(Replicas came);
  void Note(TimePoint now, Replicas gap);

  Duration keep_;
  std::deque<Gap> gaps_;  // never rising: a gap that is no larger than a later one is dropped
  std::optional<Replicas> present_;
  Replicas ahead_{0};
  TimePoint changed_at_{};
};

}  // namespace loadcurve::capacity
