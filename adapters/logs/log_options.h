#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "adapters/logs/formats.h"
#include "adapters/logs/request_classifier.h"
#include "base/result.h"
#include "base/units.h"
#include "metrics/duration_bounds.h"

namespace loadcurve::logs {

// What to read of which logs, and how.
struct LogOptions {
  // Files, patterns with * ? and [, and "-" for standard input. Rotated files are read in
  // the order of their first request, whatever their names.
  std::vector<std::string> paths;

  // Empty: detected for each file. Else a name ("nginx", "alb"), or an nginx log_format or
  // Apache LogFormat string.
  std::string format;
  // `wanted` and `workload_source` follow from `classifier`, `first_line` from the log.
  FormatOptions formats;
  ClassifierOptions classifier;

  DurationBounds bounds = DurationBounds::Default();
  Duration step = std::chrono::minutes(1);

  // Only windows that lie wholly within [since, until) are kept; a part of a window would
  // look like less load.
  std::optional<TimePoint> since;
  std::optional<TimePoint> until;

  // Of each workload this many route classes are told apart, the ones with most requests;
  // the rest is "other".
  std::size_t max_routes = 200;

  Ratio max_bad{0.05};                                // a larger share of bad lines fails
  Duration longest_request = std::chrono::hours(24);  // more is BadLine::kImplausible

  // 0: what LOADCURVE_THREADS says, else every core. The result is the same for any number.
  int threads = 0;
  std::size_t chunk_bytes = 1 << 20;  // read at once; the result is the same for any size

  std::stop_token stop;
  // Called now and then, by one thread at a time, with stored bytes done and in all (0
  // where nobody knows).
  std::function<void(std::uint64_t, std::uint64_t)> progress;
};

// kInvalidArgument: no path, since not before until, a request of more windows than are counted.
[[nodiscard]] Result<void> CheckOptions(const LogOptions& options);

}  // namespace loadcurve::logs
