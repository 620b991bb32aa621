#pragma once

#include "base/units.h"

namespace loadcurve {

// How often a HorizontalPodAutoscaler looks at its metrics (horizontal-pod-autoscaler-sync-period).
inline constexpr Duration kHpaSync = std::chrono::seconds(15);

// What to publish so that a HorizontalPodAutoscaler with an external metric of AverageValue 1
// lands on `desired`.
//
// From `current` (the target's status.replicas) an HPA keeps its count while
// |value / current - 1| <= tolerance and goes to ceil(value) beyond. So a count that is a
// little larger cannot be reached, 11 from 10 at a tolerance of 0.1, and the next that can
// is asked for: 12. A count that is a little smaller is left alone until it differs by more.
// Source: replica_calculator.go of the Kubernetes controller manager.
//
// `tolerance` in [0, 1); counts >= 0.
Replicas HpaValueFor(Replicas current, Replicas desired, Ratio tolerance);

}  // namespace loadcurve
