#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace loadcurve::logs {

// What a field of a line tells.
enum class FieldKind : std::uint8_t {
  kOther,         // nothing that is counted
  kClfTime,       // 10/Oct/2026:13:55:36 +0000, brackets apart
  kIso8601Time,   // 2026-10-10T13:55:36+00:00
  kEpochTime,     // a number since 1970, in `unit_us`
  kPatternTime,   // as strftime writes it, by `pattern`
  kTimeFraction,  // the fraction of a kPatternTime, in `unit_us`
  kDuration,      // a number in `unit_us`
  kStatus,        // HTTP status
  kRequestLine,   // GET /path HTTP/1.1
  kMethod,        // GET
  kTarget,        // /path
  kCluster,       // the named group of servers that was asked
  kUpstream,      // the address that answered
  kHost,          // the host that the client asked for
  kGrpcStatus,    // number or name
  kBytes,         // of the answer
};

// One variable of a format string, and the text that stands before it.
struct TextField {
  std::string variable;  // as the user wrote it: "$request_time", "%D"
  std::string literal;
  FieldKind kind = FieldKind::kOther;
  std::int64_t unit_us = 1'000'000;
  std::string pattern;
  bool is_start = false;  // of a time: when the request began
  // nginx joins one value for each upstream that was tried, "0.010, 0.020 : 0.005".
  bool is_list = false;
  // Never holds a quote or, lists apart, a space: a number, an address, a word.
  bool is_plain = false;
  // Among fields of one kind the highest is used: the rule which duration, time and name
  // of the server counts.
  int rank = 0;
};

// A format string taken apart: how a line of the log looks.
struct TextLayout {
  std::vector<TextField> fields;
  std::string tail;                 // the text behind the last field
  bool has_escaped_quotes = false;  // \" stands for a quote within quotes
  std::string durations_remedy;     // what to add to the format when it has no duration
};

// Any nginx log_format string: $name and ${name}, with an "escape=..." before it or
// without. Two variables with nothing between them are kInvalidArgument.
[[nodiscard]] Result<TextLayout> NginxLayout(std::string_view log_format);

// Any Apache LogFormat string. An unknown directive is kInvalidArgument and is named.
[[nodiscard]] Result<TextLayout> ApacheLayout(std::string_view log_format);

}  // namespace loadcurve::logs
