#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "adapters/logs/log_options.h"
#include "adapters/mock/mock_plan.h"
#include "base/result.h"

namespace loadcurve::mock {

// How a service answered, route by route, drawn from its log.
struct LogRecording {
  MockPlan plan;  // recorded routes only; what is none of them is answered as if there were no log
  std::uint64_t requests = 0;                     // that were recorded
  std::map<std::string, std::uint64_t> left_out;  // those that were not, by reason
  bool has_sizes = false;                         // the log tells how long answers were
};

// Reads the logs. Routes are named as logs::RouteTemplate does, with `options.classifier`'s rules,
// at most `options.max_routes`: the rest is "other", which also answers what no route does. The
// same log and seed give the same plan. Errors are those of logs::ReadLogs.
[[nodiscard]] Result<LogRecording> RecordLogs(const logs::LogOptions& options, std::uint64_t seed);

}  // namespace loadcurve::mock
