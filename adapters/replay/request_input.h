#pragma once

#include "adapters/logs/log_options.h"
#include "adapters/replay/request_set.h"
#include "adapters/replay/request_set_builder.h"
#include "base/result.h"

namespace loadcurve::replay {

// Reads the requests of logs of every format of adapters/logs, of HAR files (name ending in
// ".har") and of request files (".requests.jsonl"): JSON lines with time (RFC 3339), method,
// path, headers (an object of texts) and body, of which the last two may be absent. All files
// are of one kind. Errors name file and line.
//
// kInvalidArgument: what ReadLogs refuses, a broken HAR or request file, nothing to replay.
[[nodiscard]] Result<RequestSet> ReadRequests(const logs::LogOptions& options,
                                              const RequestSelection& selection);

}  // namespace loadcurve::replay
