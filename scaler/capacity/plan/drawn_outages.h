#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "base/units.h"
#include "scaler/capacity/capacity_offer.h"
#include "scaler/capacity/joint_outages.h"

namespace loadcurve::capacity {

struct OutageTerms {
  Duration ahead = std::chrono::hours(1);  // a pool is lost if that happens within it
  // Of what decides whether a pool is lost, between two pools of one region; of nine zones that
  // were watched for 45 days it was 0.43 in the mean. In [0, 1].
  double in_region = 0.43;
  double across_regions = 0.14;  // <= in_region
  std::size_t scenarios = 200;
  std::uint64_t seed = 1;
};

// Losses of spot pools as their stated losses_per_hour have it, before any were seen. A pool falls
// as a whole with probability 1 - exp(-losses_per_hour * ahead); pools fall together as normal
// variables do that share a part of the region and a part of all (a Gaussian copula).
JointOutages DrawOutages(std::span<const CapacityOffer> offers, const OutageTerms& terms);

}  // namespace loadcurve::capacity
