#pragma once

#include <vector>

#include "base/result.h"
#include "base/units.h"
#include "metrics/load_sample.h"
#include "metrics/metric_source.h"
#include "metrics/request_weights.h"

namespace loadcurve {

// The load of each window that ended at `until` or before, idle ones too, in order. It is complete
// where nearly all replicas were heard of and no request of it can still be running.
// Errors are those of MeasureLoad.
[[nodiscard]] Result<std::vector<LoadSample>> SamplesOf(const MeasuredRequests& measured,
                                                        const RequestWeights& weights,
                                                        TimePoint until);

}  // namespace loadcurve
