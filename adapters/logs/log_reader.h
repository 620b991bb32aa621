#pragma once

#include <optional>
#include <string>
#include <vector>

#include "adapters/logs/line_report.h"
#include "adapters/logs/log_options.h"
#include "base/result.h"
#include "metrics/request_counts.h"

namespace loadcurve::logs {

// What logs say.
struct LogReading {
  RequestCounts counts;
  LineReport lines;
  std::vector<std::string> files;  // in the order they were read
  std::string format;              // "nginx"; several are joined by ", "
  std::string duration_source;     // "$upstream_response_time, else $request_time"
  // When the first and the last request ended.
  std::optional<TimePoint> earliest;
  std::optional<TimePoint> latest;
  // In words: the clock jumped, the threads that were asked for are not there ...
  std::vector<std::string> warnings;
};

// Reads logs: every request counted in the window of its end, by class, and by workload and
// route where `options.classifier` asks for it. The result does not depend on the number
// of threads nor on the size of chunks.
//
// kInvalidArgument: a format that is unknown, ambiguous or without durations; a log in which
// no line is a request; more bad lines than `options.max_bad`; damaged compressed files.
// kNotFound: no such file. kCancelled: `options.stop`. Messages name the file, the lines and
// the reasons, never what a line holds.
[[nodiscard]] Result<LogReading> ReadLogs(const LogOptions& options);

}  // namespace loadcurve::logs
