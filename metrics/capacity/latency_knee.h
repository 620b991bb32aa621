#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "base/units.h"
#include "metrics/capacity/ramp_step.h"
#include "metrics/capacity/rate_estimate.h"

namespace loadcurve {

struct KneeOptions {
  Ratio allowed_late{0.05};
  double carried = 0;  // the highest rate that was carried, > 0
  double broken = 0;   // the lowest above it that was not; >= carried
  int resamples = 200;
  std::uint64_t seed = 1;
};

// The rate, over all replicas, at which the share of late answers passes what is allowed: the
// logarithm of its odds is a line in the logarithm of the rate, near the limit (steps from 0.75
// of what was carried to 1.3 of what was not), weighted by what each step is worth. Within 5 % of
// the two rates at most, since beyond them nothing was seen. The interval comes from the fit on
// resampled intervals of each step, and holds the two rates; it is widened by 3 %, by which
// simulated services with known limits were missed beyond that.
//
// Where no step near the limit has late answers (it broke for another reason) it is the middle of
// the two rates, and they are its interval.
RateEstimate FindLatencyKnee(std::span<const RampStep> steps, const KneeOptions& options);

}  // namespace loadcurve
