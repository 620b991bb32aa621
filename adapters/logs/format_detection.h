#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "adapters/logs/formats.h"
#include "adapters/logs/line_parser.h"
#include "base/result.h"

namespace loadcurve::logs {

// The parser for a log that begins with these lines.
struct ChosenFormat {
  std::unique_ptr<LineParser> parser;
  std::optional<TimePoint> first_end;  // when the first request among the lines ended
};

// How many lines of a log are looked at.
inline constexpr std::size_t kSampleLines = 200;

// With no `format`: the known format that reads most of `lines`, the earlier in the list
// where two read as many. No line that is read is kInvalidArgument, which says what was
// tried and what to do. A log whose last number could be anything, whole numbers below 100
// in every line, is not guessed at.
//
// A `format` that is named or written out, or whose fields `options` name, is taken whether
// it reads the lines or not; of the variants of a named one the best. `lines` is not empty.
[[nodiscard]] Result<ChosenFormat> ChooseFormat(const std::string& format, FormatOptions options,
                                                std::span<const std::string_view> lines);

// When a request ended, from what its line tells.
inline TimePoint EndOf(const LoggedRequest& request) {
  return request.time_is_start ? request.time + request.duration : request.time;
}

}  // namespace loadcurve::logs
