#pragma once

#include <cstdint>
#include <string_view>

#include "base/units.h"

namespace loadcurve::logs {

// What a number in a log counts.
enum class TimeUnit : std::uint8_t {
  kUnknown,  // the text says, or its size does
  kSeconds,
  kMilliseconds,
  kMicroseconds,
  kNanoseconds,
  kText,  // not a number: RFC 3339 and kin
};

// What a field held. An absent one is "", "-" or "null".
enum class FieldState : std::uint8_t { kRead, kAbsent, kWrong };

// True for the ways in which logs write "nothing": "", "-" and "null".
bool IsAbsent(std::string_view text);

// Reads a whole number of at most nine digits, such as a status.
FieldState ReadInteger(std::string_view text, int& value);

// Reads a number of bytes; what is none, "-" for instance, leaves `bytes` as it is.
void ReadBytes(std::string_view text, std::int64_t& bytes);

// Reads "12", "0.012", "1.2e-05" in `unit`, rounded to the nearest microsecond, or a text
// that carries its own units whatever `unit` says: "1.5ms", "1m2.5s". A leading '-' gives
// a negative duration; more than 100 years, or a bare number where `unit` is kUnknown or
// kText, is kWrong.
FieldState ReadDuration(std::string_view text, TimeUnit unit, Duration& duration);

// Reads what nginx writes where a request was retried, "0.010, 0.020 : 0.005": the
// durations added up. A "-" among them counts as nothing; nothing but "-" is kAbsent.
FieldState ReadDurationList(std::string_view text, TimeUnit unit, Duration& duration);

// Reads an instant: a number since 1970 in `unit` (kUnknown: by its size, so that seconds,
// milliseconds, microseconds and nanoseconds of 1973 to 5138 are told apart), RFC 3339 and
// kin as ParseTime has them, or "10/Oct/2026:13:55:36 +0200". A number where `unit` is
// kText is kWrong.
FieldState ReadTime(std::string_view text, TimeUnit unit, TimePoint& time);

// Reads a gRPC status as number or name: "14", "UNAVAILABLE", "Unavailable", "OK".
FieldState ReadGrpcStatus(std::string_view text, int& status);

// The words of a line from left to right, parted by single spaces. Views point into it.
class LineCursor {
 public:
  explicit LineCursor(std::string_view line) : rest_(line) {}

  bool AtEnd() const { return rest_.empty(); }
  bool AtQuote() const { return !rest_.empty() && rest_.front() == '"'; }

  // The text up to the next space or the end, and steps over that space. False at the end.
  bool TakeWord(std::string_view& word);

  // The text between quotes, where \" does not end it, and steps over a space behind it.
  // False unless both quotes are there.
  bool TakeQuoted(std::string_view& text);

  // The text between '[' and ']', and steps over a space behind it.
  bool TakeBracketed(std::string_view& text);

 private:
  bool StepOver(std::size_t length);

  std::string_view rest_;
};

// "GET /path HTTP/1.1" in its parts. A line of another shape leaves `method` empty and
// takes the whole text as target, so that garbage is no reason to refuse a request.
void SplitRequestLine(std::string_view request, std::string_view& method, std::string_view& target);

}  // namespace loadcurve::logs
