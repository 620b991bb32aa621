#pragma once

#include <array>
#include <string_view>

#include "base/units.h"

namespace loadcurve::logs {

// Reads the two times that web servers write. Logs are nearly in order, so the minute of
// the last line is kept as text and as an instant, and most lines cost one comparison.
//
// Not thread-safe.
class LogTime {
 public:
  // "10/Oct/2026:13:55:36 +0200"
  bool ReadClf(std::string_view text, TimePoint& time);

  // "2026-10-10T13:55:36+02:00", with 'Z' and a fraction where there are.
  static bool ReadIso8601(std::string_view text, TimePoint& time);

 private:
  static constexpr std::size_t kMinuteSize = 17;  // "10/Oct/2026:13:55"
  static constexpr std::size_t kOffsetSize = 6;   // " +0200"

  std::array<char, kMinuteSize> minute_text_{};
  std::array<char, kOffsetSize> offset_text_{};
  TimePoint minute_{Duration(0)};
};

}  // namespace loadcurve::logs
