#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "metrics/latency_histogram.h"

namespace loadcurve {

// The quantile q in milliseconds with two decimals; "-" where nothing was recorded.
std::string Milliseconds(const LatencyHistogram& histogram, double q);

// {"count", "mean", "p50", "p90", "p99", "p999", "max"}, in seconds; the count alone where nothing
// was recorded.
nlohmann::json LatencyToJson(const LatencyHistogram& histogram);

}  // namespace loadcurve
