#pragma once

#include <cstdint>
#include <string_view>

#include "base/units.h"

namespace loadcurve::logs {

// What a number in a line was.
enum class NumberText : std::uint8_t { kRead, kAbsent, kWrong };

// Reads "0.123" or "17" of `unit_us` microseconds each, by arithmetic on whole numbers;
// what is finer than a microsecond is dropped, and microseconds have no decimals. A leading
// '-' is a negative number, '-' alone and nothing at all are kAbsent; what 64 bits do not
// hold is kWrong.
inline NumberText ReadNumber(std::string_view text, std::int64_t unit_us, Duration& value) {
  const char* at = text.data();
  const char* const end = at + text.size();
  const bool is_negative = at < end && *at == '-';
  if (is_negative) ++at;
  if (at == end) return NumberText::kAbsent;
  const char* const digits = at;
  // Unsigned: what is too long wraps around, and is refused by its length.
  std::uint64_t whole = 0;
  while (at < end && *at >= '0' && *at <= '9')
    whole = whole * 10 + static_cast<std::uint64_t>(*at++ - '0');
  if (at == digits || at - digits > 18) return NumberText::kWrong;
  std::int64_t us = 0;
  if (__builtin_mul_overflow(whole, unit_us, &us) || us > INT64_MAX - unit_us)
    return NumberText::kWrong;
  if (at < end && *at == '.' && unit_us > 1) {
    ++at;
    std::int64_t scale = unit_us;
    const char* const fraction = at;
    while (at < end && *at >= '0' && *at <= '9') {
      scale /= 10;
      us += scale * (*at++ - '0');
    }
    if (at == fraction) return NumberText::kWrong;
  }
  if (at != end) return NumberText::kWrong;
  value = Duration(is_negative ? -us : us);
  return NumberText::kRead;
}

// Adds up what nginx writes where several upstreams were tried, "0.010, 0.020 : 0.005". A
// "-" among them counts as nothing; nothing but "-" is kAbsent.
inline NumberText ReadNumberList(std::string_view text, std::int64_t unit_us, Duration& sum) {
  NumberText outcome = NumberText::kAbsent;
  Duration total{0};
  while (true) {
    const std::size_t size = text.find_first_of(", :");
    Duration value{0};
    const NumberText part = ReadNumber(text.substr(0, size), unit_us, value);
    if (part == NumberText::kWrong) return part;
    if (part == NumberText::kRead) {
      std::int64_t added = 0;
      if (__builtin_add_overflow(total.count(), value.count(), &added)) return NumberText::kWrong;
      total = Duration(added);
      outcome = part;
    }
    if (size == std::string_view::npos) break;
    text.remove_prefix(size + 1);
  }
  sum = total;
  return outcome;
}

}  // namespace loadcurve::logs
