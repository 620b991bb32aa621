#pragma once

#include <optional>

#include "base/result.h"
#include "metrics/load_series.h"
#include "metrics/metric_source.h"
#include "metrics/request_weights.h"

namespace loadcurve {

// What was measured, all its workloads together, as load in these weights: idle windows are
// zero, those not measured missing. Absent where nothing was measured.
[[nodiscard]] Result<std::optional<LoadSeries>> MeasuredLoad(const MeasuredRequests& measured,
                                                             const RequestWeights& weights);

}  // namespace loadcurve
