#pragma once

#include <chrono>
#include <cstring>
#include <string_view>

#include "adapters/logs/byte_order_mark.h"
#include "adapters/logs/format_detection.h"
#include "adapters/logs/line_chunk.h"
#include "adapters/logs/line_parser.h"
#include "adapters/logs/line_tally.h"

namespace loadcurve::logs {

// The requests in the lines of chunks. Not thread-safe: one for each thread.
class RequestLines {
 public:
  // Requests that took longer than `longest` are BadLine::kImplausible.
  explicit RequestLines(Duration longest) : longest_(longest) {}

  // Reads the lines of `chunk`, which is filled, by `parser`, and tallies each of them. Calls
  // `use(request, end)` with those that are plausible requests, in the order of the lines; what
  // `request` lends is valid during the call.
  template <typename Use>
  void Read(const LineChunk& chunk, LineParser& parser, LineTally& tally, const Use& use) {
    const char* at = chunk.buffer.data() + chunk.begin;
    const char* const end = chunk.buffer.data() + chunk.end;
    if (chunk.is_first) at = WithoutMark({at, static_cast<std::size_t>(end - at)}).data();
    while (at < end) {
      const auto* line_end =
          static_cast<const char*>(std::memchr(at, '\n', static_cast<std::size_t>(end - at)));
      const bool is_cut = line_end == nullptr;
      if (is_cut) line_end = end;
      std::string_view line(at, static_cast<std::size_t>(line_end - at));
      at = line_end + 1;
      ++tally.lines;
      if (line.ends_with('\r')) line.remove_suffix(1);
      if (line.empty()) continue;
      if (line.size() > kLongestLine)
        tally.AddOther(BadLine::kTooLong);
      else if (is_cut && IsHalf(line, parser))
        ++tally.unfinished;
      else
        ReadLine(line, parser, tally, use);
    }
  }

 private:
  // The writer may be half-way through the last line.
  static bool IsHalf(std::string_view line, LineParser& parser) {
    LoggedRequest ignored;
    return IsBad(parser.Parse(line, ignored));
  }

  template <typename Use>
  void ReadLine(std::string_view line, LineParser& parser, LineTally& tally, const Use& use) {
    const BadLine reason = parser.Parse(line, request_);
    if (reason != BadLine::kNone) return tally.AddOther(reason);
    if (!IsPlausible(request_.time)) return tally.AddOther(BadLine::kTime);
    if (request_.duration < Duration(0) || request_.duration > longest_)
      return tally.AddOther(BadLine::kImplausible);
    const TimePoint end = EndOf(request_);
    tally.AddRequest(end);
    use(request_, end);
  }

  static bool IsPlausible(TimePoint time) {
    // The years that four digits write: sums of times within them never overflow.
    constexpr TimePoint kFirst = std::chrono::sys_days(std::chrono::year(1) / 1 / 1);
    constexpr TimePoint kLast = std::chrono::sys_days(std::chrono::year(9999) / 12 / 31);
    return time >= kFirst && time <= kLast;
  }

  Duration longest_;
  LoggedRequest request_;  // of the line that is read
};

}  // namespace loadcurve::logs
