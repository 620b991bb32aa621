#pragma once

#include <set>
#include <string>

#include "adapters/cpu_log/cpu_file.h"
#include "base/result.h"
#include "metrics/request_counts.h"

namespace loadcurve {

// In what windows requests are to be counted where they meet these samples: far shorter ones, so
// that a lag can be found. A sixtieth, cut to a plain number.
Duration CountingStep(const cpu_log::CpuByWorkload& cpu);

// In order of name.
std::set<std::string> WorkloadsOf(const RequestCounts& counts);

// CPU of one workload and a log that names none belong together: then the CPU gets the name that
// the counts have. kInvalidArgument where no workload is in both; `cpu_path` is for the message.
[[nodiscard]] Result<void> MatchNames(const RequestCounts& counts, cpu_log::CpuByWorkload& cpu,
                                      const std::string& cpu_path);

}  // namespace loadcurve
