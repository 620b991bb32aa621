#pragma once

#include <span>
#include <vector>

#include "metrics/capacity/ramp_step.h"

namespace loadcurve {

struct MixedRate {
  double rate = 0;            // requests a second over all replicas
  std::vector<double> mix{};  // shares of the routes, which add up to 1
};

// Mixes in which one route after another keeps 0.8 of the rate that it has at `carried`, with
// `base` as mix, while the others are cut to a fifth of that: no route is ever given more than
// was carried. At most 8 routes get a mix of their own, those that held the replicas longest in
// `steps`; routes of which nothing comes get none. Empty where fewer than two routes are left.
std::vector<MixedRate> MixPlan(std::span<const RampStep> steps, const std::vector<double>& base,
                               double carried);

}  // namespace loadcurve
