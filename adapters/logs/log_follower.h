#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "adapters/files/plain_file.h"
#include "adapters/logs/chunk_parser.h"
#include "adapters/logs/line_report.h"
#include "adapters/logs/log_options.h"
#include "base/clock.h"
#include "base/result.h"

namespace loadcurve::logs {

// Reads logs that are being written, through their rotation.
//
// A log may be renamed and created anew (the old file is read to its end first), or copied
// and cut to nothing; of the latter, what is written between the last Step and the cut is
// lost to every reader. Not thread-safe.
class LogFollower {
 public:
  // Begins with what the logs of `options.paths` hold. They are plain files, and may be
  // absent or empty yet; compressed ones and standard input are kInvalidArgument. `options`
  // are copied.
  [[nodiscard]] static Result<LogFollower> Open(const LogOptions& options);

  LogFollower(LogFollower&&) noexcept;
  LogFollower& operator=(LogFollower&&) noexcept;
  ~LogFollower();

  // What was written since the last Step. The format of a log is chosen by the first lines
  // it shows; a log of no known format is kInvalidArgument, and so are too many bad lines.
  [[nodiscard]] Result<RequestCounts> Step();

  // All lines so far.
  LineReport Report() const;

 private:
  struct Log;
  struct State;

  explicit LogFollower(std::unique_ptr<State> state);

  std::unique_ptr<State> state_;
};

// Steps at once and then every `interval`, and hands on what is new, until `stop` is
// requested; then one last step, so that nothing written before is missed.
[[nodiscard]] Result<void> FollowLogs(
    const LogOptions& options, const Clock& clock, Duration interval, const std::stop_token& stop,
    const std::function<Result<void>(const RequestCounts& counts, const LineReport& lines)>& take);

}  // namespace loadcurve::logs
