#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "metrics/load_sample.h"
#include "metrics/request_counts.h"
#include "metrics/request_weights.h"

namespace loadcurve {

// What a table of load is split by.
enum class LoadGrouping { kAll, kWorkload, kRoute };

// The load of one group over time.
struct GroupLoad {
  std::string name;             // the workload or route; empty for kAll
  std::string weights_version;  // the scale of its loads
  std::vector<LoadSample> samples;
};

// The weights of a workload, or nullptr for a workload that has none and is left out.
using WeightsOfWorkload = std::function<const RequestWeights*(const std::string& workload)>;

// Weighs counted requests: for each group, in order of name, its windows in order of time.
//
// A window is complete when it ended at least `longest_request` before the end of the last
// window in which a request ended; without it, the longest ordinary request seen is taken,
// to the edge of its duration bucket. A group of workloads that are weighed with different
// versions is kInvalidArgument: such loads do not add up.
[[nodiscard]] Result<std::vector<GroupLoad>> MeasureLoad(
    const RequestCounts& counts, const WeightsOfWorkload& weights_of, LoadGrouping grouping,
    std::optional<Duration> longest_request = std::nullopt);

}  // namespace loadcurve
