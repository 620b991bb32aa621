#pragma once

#include <deque>
#include <optional>
#include <string>

#include "base/units.h"
#include "metrics/late_requests.h"
#include "scaler/scaling_profile.h"

namespace loadcurve {

// How a workload stood in a window whose latency is judged.
struct LatencyStanding {
  // As many replicas were ready as were wanted, warm and of one revision, and by what is planned
  // they carry the load.
  bool is_capacity_right = false;
  bool may_grow = true;     // the evidence is fresh, or says that we ourselves are saturated
  bool may_shrink = true;   // the evidence is fresh
  bool is_at_most = false;  // maxReplicas holds the count down
};

// The closed loop on the latency target: answers are later than they may be although the replicas
// should carry the load, so they carry less than is thought, and what is planned is lowered step by
// step. Integral action on the burn rate b, the share of late requests by the share that may be
// late:
//
//   b > 1, clearly   I += 0.1 min(b - 1, 1) dt / settle
//   b < 1            I -= 0.1 (1 - b) dt / (12 settle)
//   planned          the capacity times e^-I, I in [0, log 1.5]
//
// `settle` is the time until an order shows: growing faster would answer what is on its way
// already. "Clearly" is by two deviations of a Poisson number, so that chance alone does not add
// up. Against wind-up I does not grow while the replicas that are wanted are not there, at
// maxReplicas, on doubtful evidence, and beyond its bound: half as many replicas again, since where
// those do not help, more of what waits for the same dependency will not.
class LatencyCorrection {
 public:
  // `settle` > 0.
  LatencyCorrection(const LatencyTarget& target, Duration settle);

  // The share that another process had come to, in (0, 1].
  void Resume(double share);

  // The next window, in order; one that was judged already is passed over.
  void Judge(TimePoint start, Duration length, const LateRequests& requests,
             const LatencyStanding& standing);

  // That is planned with, of what the replicas are thought to carry; in (0, 1].
  double share() const;
  // With its numbers; empty where the share is 1.
  std::string Why() const;

 private:
  struct Window {
    Duration length;
    LateRequests requests;
  };

  LatencyTarget target_;
  Duration settle_;
  double integral_ = 0;
  double late_share_ = 0;  // of the latest windows
  std::deque<Window> windows_;
  std::optional<TimePoint> next_;
};

}  // namespace loadcurve
