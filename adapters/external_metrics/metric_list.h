#pragma once

#include <string>
#include <string_view>

#include "adapters/external_metrics/metric_reader.h"
#include "base/result.h"

namespace loadcurve::external_metrics {

// An ExternalMetricValueList of one item, as compact JSON. `window` is whole seconds and is
// left out where the item has none; the time is in whole seconds, UTC. A value that is no
// Quantity (see ToQuantity) is kInvalidArgument.
[[nodiscard]] Result<std::string> ToMetricList(std::string_view metric, const MetricItem& item);

}  // namespace loadcurve::external_metrics
