#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "adapters/logs/line_parser.h"
#include "adapters/logs/workload_name.h"
#include "base/result.h"

namespace loadcurve::logs {

// What a reader of text formats may be told; empty means by rule.
struct TextFormatOptions {
  WantedFields wanted;
  WorkloadSource workload_source = WorkloadSource::kBestKnown;
  std::string duration;   // the variable that counts: "$request_time", "%D"
  std::string time_zone;  // of times without an offset: "Europe/Berlin"; empty is UTC
};

// A parser for any nginx log_format string.
//
// The times of nginx are when the request was logged: its end. Which duration counts:
// $upstream_response_time, retries added up, and where no upstream was asked ("-")
// $request_time. Who served it: $proxy_upstream_name, else the last address of
// $upstream_addr, else the host ($server_name, $host or $http_host).
//
// A format without a time or without a duration is kInvalidArgument, with what to add.
[[nodiscard]] Result<std::unique_ptr<LineParser>> NginxFormat(std::string_view log_format,
                                                              const TextFormatOptions& options);

// A parser for any Apache LogFormat string.
//
// %t is when the request began; the end is that and the duration later. Which duration
// counts: %D or %{us}T, else %{ms}T, else %T, which is in whole seconds.
[[nodiscard]] Result<std::unique_ptr<LineParser>> ApacheFormat(std::string_view log_format,
                                                               const TextFormatOptions& options);

// A format string of either kind, told by its '$' or '%'.
[[nodiscard]] Result<std::unique_ptr<LineParser>> TextFormat(std::string_view format,
                                                             const TextFormatOptions& options);
bool IsTextFormat(std::string_view format);

// The formats that are recognised without being told, "apache" before "nginx": a log whose
// durations are all whole numbers is read by both, and whole numbers are microseconds.
std::vector<std::unique_ptr<LineParser>> KnownTextFormats(const TextFormatOptions& options);

// True where `line` is common or combined log format, whatever comes behind it.
bool IsWebServerLine(std::string_view line);

}  // namespace loadcurve::logs
