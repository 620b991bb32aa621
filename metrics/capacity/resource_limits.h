#pragma once

#include <string>
#include <vector>

#include "base/units.h"
#include "metrics/capacity/bottleneck.h"
#include "metrics/capacity/ramp.h"
#include "metrics/capacity/rate_estimate.h"
#include "metrics/capacity/scalability_fit.h"

namespace loadcurve {

// The rate at which one resource of a replica would be used up, in the mix of the log.
struct ResourceLimit {
  Bottleneck resource = Bottleneck::kUnknown;
  RateEstimate rate;  // requests a second to one replica
  std::string basis;  // how it is known: "0.02 idle + 2.1 ms a request, of 1 core"
};

struct ResourceQuestion {
  double target_seconds = 0;  // of latency
  Ratio allowed_late{0.05};
};

// One for each resource that the steps tell of, the least rate first:
//
//   cpu     (cores - idle) / CPU seconds a request, by a line through the good steps
//   slots   slots / time held at ease, and, where a request is to wait little, what M/M/c allows;
//           slots by their gauge, else, where answers have a plateau, as many as are at work there
//   memory  (limit - what is used without load) / what a request a second adds, where that is
//           clearly more than nothing
//   lock    the highest rate of the Universal Scalability Law, where the verdict is a lock
std::vector<ResourceLimit> ResourceLimits(const Ramp& ramp, const ReplicaEvidence& evidence,
                                          const BottleneckVerdict& verdict,
                                          const ResourceQuestion& question);

}  // namespace loadcurve
