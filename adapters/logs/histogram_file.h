#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "metrics/request_counts.h"

namespace loadcurve::logs {

// Counted requests as a file, so that logs larger than one machine are counted where they
// lie and merged afterwards without loss.
//
// JSON lines: a header {"format":"loadcurve-histograms","version":1,"step_us":...,
// "bounds_us":[...]}, then one line a series {"workload","route","class","cells":[[window,
// bucket,count,duration_us,carried_us,carried_share],...]}, see RequestCell. It holds route
// classes and workload names; no addresses, queries or tokens.
std::string WriteHistograms(const RequestCounts& counts);

// kInvalidArgument names `name` and the line that is not as it must be.
[[nodiscard]] Result<RequestCounts> ParseHistograms(std::string_view text, const std::string& name);

// ParseHistograms of a file, compressed or not.
[[nodiscard]] Result<RequestCounts> ReadHistograms(const std::string& path);

}  // namespace loadcurve::logs
