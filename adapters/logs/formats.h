#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "adapters/logs/line_parser.h"
#include "adapters/logs/workload_name.h"
#include "base/result.h"

namespace loadcurve::logs {

struct FormatOptions {
  WantedFields wanted;
  WorkloadSource workload_source = WorkloadSource::kBestKnown;
  std::string duration = {};   // of nginx and Apache, the variable that counts; empty: by rule
  std::string time_zone = {};  // of times without an offset; empty: UTC
};

// A parser of every format that tells itself apart, the surest first: where two read a
// line equally well, the earlier is right.
std::vector<std::unique_ptr<LineParser>> KnownFormats(const FormatOptions& options);

// The parser of that name, or of an nginx log_format or Apache LogFormat string. Another
// name is kInvalidArgument, which lists those there are.
[[nodiscard]] Result<std::unique_ptr<LineParser>> FormatByName(std::string_view name,
                                                               const FormatOptions& options);

}  // namespace loadcurve::logs
