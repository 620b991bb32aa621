#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "metrics/cpu_sample.h"

namespace loadcurve::cpu_log {

// CPU samples of each workload, in order of time; the key is "" where the file has no
// workload column.
using CpuByWorkload = std::map<std::string, std::vector<CpuSample>>;

// Reads CSV with a header, in long format: `time,cpu_cores` and optionally `workload`,
// `container` and `throttled_seconds`. Other columns are passed over.
//
// A sample covers (previous, time]; the first one, and one after a hole, covers as much as
// the others do (the median). `container` rows of one workload and time are added up,
// without those of known sidecars (istio-proxy, envoy, linkerd-proxy and the pause
// container). Throttled seconds above 0 mark a sample as throttled. An empty cpu_cores is a
// missing sample.
//
// A time that cannot be read, CPU that is not a number of 0 or more, or two rows of one
// workload, container and time are kInvalidArgument with file, line, column and value.
[[nodiscard]] Result<CpuByWorkload> ReadCpu(const std::string& path);
[[nodiscard]] Result<CpuByWorkload> ParseCpu(std::string_view text, const std::string& name);

}  // namespace loadcurve::cpu_log
