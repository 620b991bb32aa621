#pragma once

#include <deque>

#include "base/units.h"
#include "scaler/hpa_value.h"

namespace loadcurve::twin {

// What the HorizontalPodAutoscaler of Kubernetes does at one of its syncs, with its defaults:
//
//   ratio   = metric / (target * replicas), kept where |ratio - 1| <= 0.1
//   wanted  = ceil(metric / target)
//   down    : no lower than the highest wanted of the last 300 s
//   up      : in 15 s at most twice as many, or four more where that is more
//
// Source: replica_calculator.go and horizontal.go of the controller manager, and the defaults of
// autoscaling/v2 HorizontalPodAutoscalerBehavior.
class HpaRule {
 public:
  // `needed` is metric / target: the replicas that would stand exactly at the target. `total` is
  // the count asked for now. Where syncs were left out since the last call, since nothing had
  // changed, growth may go as far as they would have let it.
  Replicas Sync(double needed, Replicas total, TimePoint now);

 private:
  struct Recommendation {
    TimePoint at;
    Replicas replicas;
  };
  std::deque<Recommendation> past_;  // replicas fall: what is lower than a later one is dropped
  TimePoint last_sync_{};
  bool has_synced_ = false;
};

inline constexpr double kHpaTolerance = 0.1;
inline constexpr Duration kHpaDownWindow = std::chrono::seconds(300);

}  // namespace loadcurve::twin
