#pragma once

#include <optional>
#include <span>

#include "metrics/capacity/ramp_step.h"

namespace loadcurve {

// The Universal Scalability Law (Gunther 2007, Guerrilla Capacity Planning, ch. 4-6) of one
// replica:
//
//   X(N) = lambda N / (1 + sigma (N - 1) + kappa N (N - 1))
//
// with N requests held at once and X answered a second. sigma is what queues (contention), kappa
// what each costs every other (coherency).
struct ScalabilityFit {
  double lambda = 0;  // answered a second where one is held at once
  double sigma = 0;   // >= 0
  double kappa = 0;   // >= 0
  // The highest X: at N = sqrt((1 - sigma) / kappa), or, without kappa, as N grows on. Absent
  // where nothing bends the curve.
  std::optional<double> most_rate;
  // Held at once where X is highest; absent without kappa.
  std::optional<double> most_held;
};

// By Little's law N / X is the time R that one is held, so that the law is a parabola,
// R = r0 + r1 N + r2 N^2, which is fitted with all three >= 0 and errors relative to R. Of steps
// with the mix of the log and a verdict that is no error or death; absent with fewer than 4.
std::optional<ScalabilityFit> FitScalability(std::span<const RampStep> steps);

}  // namespace loadcurve
