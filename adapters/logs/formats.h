#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "adapters/logs/field_map.h"
#include "adapters/logs/line_parser.h"
#include "adapters/logs/workload_name.h"
#include "base/result.h"

namespace loadcurve::logs {

struct FormatOptions {
  WantedFields wanted;
  WorkloadSource workload_source = WorkloadSource::kBestKnown;
  std::string duration = {};   // of nginx and Apache, the variable that counts; empty: by rule
  std::string time_zone = {};  // of times without an offset; empty: UTC
  std::optional<FieldMap> fields = {};  // of --fields, for JSON and CSV
  std::string first_line = {};          // of the log: a CSV names its columns there
};

// A parser of every format that tells itself apart, the surest first: where two read a
// line equally well, the earlier is right. CSV is among them where the first
// line is a header of one.
std::vector<std::unique_ptr<LineParser>> KnownFormats(const FormatOptions& options);

// The parser of that name, or of an nginx log_format or Apache LogFormat string. Another
// name is kInvalidArgument, which lists those there are; so is "csv" where the first line
// does not name the columns it should.
[[nodiscard]] Result<std::unique_ptr<LineParser>> FormatByName(std::string_view name,
                                                               const FormatOptions& options);

// The parser for a log of which the user named the fields: JSON where the first line begins
// with '{', else CSV, whose header must name the columns of the map.
[[nodiscard]] Result<std::unique_ptr<LineParser>> FormatOfFields(const FormatOptions& options);

}  // namespace loadcurve::logs
