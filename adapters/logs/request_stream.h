#pragma once

#include <functional>

#include "adapters/logs/line_parser.h"
#include "adapters/logs/log_options.h"
#include "base/result.h"

namespace loadcurve::logs {

// One request of a log and when it ended; what it lends is valid during the call.
using UseRequest = std::function<void(const LoggedRequest&, TimePoint end)>;

// Reads logs request by request in one thread, for whoever needs them and not only their counts
// (see ReadLogs): calls `use` with those that ended within [since, until), in the order of the
// lines. `wanted` takes the place of options.formats.wanted.
//
// kInvalidArgument as ReadLogs; kCancelled on options.stop.
[[nodiscard]] Result<void> ForEachRequest(const LogOptions& options, const WantedFields& wanted,
                                          const UseRequest& use);

}  // namespace loadcurve::logs
