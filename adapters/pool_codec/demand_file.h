#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "scaler/capacity/node_demand.h"
#include "scaler/capacity/pod_group.h"

namespace loadcurve::pool_codec {

// Replicas to come, and the levels that they are not exceeded with.
struct DemandFile {
  std::vector<double> levels;
  std::vector<capacity::ReplicaQuantiles> paths;
};

// A CSV with the columns time, workload and either replicas or a quantile each, q0.5, q0.95 ...;
// a row holds until the next one of the same workload. kInvalidArgument, with file, line, column,
// value and what was expected: a workload that is none of `pods`, times of one workload that do not
// rise, quantiles that fall.
[[nodiscard]] Result<DemandFile> ParseDemand(std::string_view text, const std::string& file_name,
                                             std::span<const capacity::PodGroup> pods);
[[nodiscard]] Result<DemandFile> ReadDemand(const std::string& path,
                                            std::span<const capacity::PodGroup> pods);

}  // namespace loadcurve::pool_codec
