#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "adapters/files/byte_source.h"
#include "adapters/logs/format_detection.h"
#include "adapters/logs/log_options.h"

namespace loadcurve::logs {

// A log about to be read: its beginning was looked at, and its format is known.
struct LogInput {
  std::string path;
  std::string name;  // how messages call it: "standard input" for "-"
  // A file on a disk, not compressed: it is read in pieces, by several threads.
  bool is_plain_file = false;
  std::uint64_t stored_bytes = 0;  // 0 where nobody knows
  // Only of what can be read once, such as a pipe, with what was looked at put back.
  std::unique_ptr<files::ByteSource> stream;
  ChosenFormat format;
};

// Opens what `options.paths` name, looks at the first lines, and puts the logs in the order
// of their first request; empty ones are left out. Errors name the file.
[[nodiscard]] Result<std::vector<LogInput>> OpenLogs(const LogOptions& options,
                                                     const FormatOptions& formats);

}  // namespace loadcurve::logs
