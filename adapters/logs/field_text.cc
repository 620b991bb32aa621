#include "adapters/logs/field_text.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

#include "base/time_text.h"

namespace loadcurve::logs {
namespace {

// 100 years: no request lasts longer, and sums of it do not overflow.
constexpr std::int64_t kLongestMicroseconds = 3'155'760'000'000'000;

bool IsDigit(char c) {
  return c >= '0' && c <= '9';
}

std::int64_t NanosecondsOf(TimeUnit unit) {
  switch (unit) {
    case TimeUnit::kSeconds:
      return 1'000'000'000;
    case TimeUnit::kMilliseconds:
      return 1'000'000;
    case TimeUnit::kMicroseconds:
      return 1'000;
    case TimeUnit::kNanoseconds:
      return 1;
    case TimeUnit::kUnknown:
    case TimeUnit::kText:
      return 0;
  }
  return 0;
}

// A decimal number without sign or exponent: its whole part, and its fraction in 1e-9.
struct Decimal {
  std::uint64_t whole = 0;
  std::uint64_t billionths = 0;
};

// The characters read; 0 where there is no number or more than 18 digits before the point.
std::size_t TakeDecimal(std::string_view text, Decimal& decimal) {
  std::size_t at = 0;
  while (at < text.size() && IsDigit(text[at])) {
    decimal.whole = decimal.whole * 10 + static_cast<std::uint64_t>(text[at] - '0');
    if (++at > 18) return 0;
  }
  const std::size_t whole_digits = at;
  if (at == text.size() || text[at] != '.') return at;
  ++at;
  std::uint64_t scale = 100'000'000;
  const std::size_t first = at;
  while (at < text.size() && IsDigit(text[at])) {
    decimal.billionths += scale * static_cast<std::uint64_t>(text[at] - '0');
    scale /= 10;
    ++at;
  }
  return whole_digits + (at - first) == 0 ? 0 : at;
}

// Rounded to the nearest microsecond; false above 100 years.
bool ToMicroseconds(const Decimal& decimal, std::int64_t unit_nanoseconds, std::int64_t& us) {
  const double estimate =
      static_cast<double>(decimal.whole) * static_cast<double>(unit_nanoseconds) / 1000;
  if (estimate > static_cast<double>(kLongestMicroseconds)) return false;
  __extension__ using Wide = __int128;
  const Wide nanoseconds = static_cast<Wide>(decimal.whole) * unit_nanoseconds +
                           static_cast<Wide>(decimal.billionths) * unit_nanoseconds / 1'000'000'000;
  us = static_cast<std::int64_t>((nanoseconds + 500) / 1000);
  return true;
}

// "1.2e-05", as some encoders write what is small.
FieldState ReadWithExponent(std::string_view text, std::int64_t unit_nanoseconds,
                            std::int64_t& us) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return FieldState::kWrong;
  const double microseconds = value * static_cast<double>(unit_nanoseconds) / 1000;
  if (!(microseconds >= 0 && microseconds <= static_cast<double>(kLongestMicroseconds)))
    return FieldState::kWrong;
  us = std::llround(microseconds);
  return FieldState::kRead;
}

struct NamedUnit {
  std::string_view name;
  std::int64_t nanoseconds;
};

// Longer names before those they begin with. Micro is written with u, with the micro sign
// and with the Greek letter.
constexpr std::array kNamedUnits = {
    NamedUnit{"ms", 1'000'000},
    NamedUnit{"us", 1'000},
    NamedUnit{"\xC2\xB5s", 1'000},
    NamedUnit{"\xCE\xBCs", 1'000},
    NamedUnit{"ns", 1},
    NamedUnit{"s", 1'000'000'000},
    NamedUnit{"min", 60'000'000'000},
    NamedUnit{"m", 60'000'000'000},
    NamedUnit{"h", 3'600'000'000'000},
};

const NamedUnit* UnitAt(std::string_view text) {
  for (const NamedUnit& unit : kNamedUnits) {
    if (text.starts_with(unit.name)) return &unit;
  }
  return nullptr;
}

// "1m2.5s" from its first number on.
FieldState ReadWithUnits(std::string_view text, std::int64_t& us) {
  std::int64_t sum = 0;
  while (!text.empty()) {
    Decimal decimal;
    const std::size_t length = TakeDecimal(text, decimal);
    if (length == 0) return FieldState::kWrong;
    text.remove_prefix(length);
    while (text.starts_with(' ')) text.remove_prefix(1);
    const NamedUnit* unit = UnitAt(text);
    std::int64_t part = 0;
    if (unit == nullptr || !ToMicroseconds(decimal, unit->nanoseconds, part))
      return FieldState::kWrong;
    sum += part;
    if (sum > kLongestMicroseconds) return FieldState::kWrong;
    text.remove_prefix(unit->name.size());
  }
  us = sum;
  return FieldState::kRead;
}

FieldState ReadPositive(std::string_view text, TimeUnit unit, std::int64_t& us) {
  const std::int64_t unit_nanoseconds = NanosecondsOf(unit);
  Decimal decimal;
  const std::size_t length = TakeDecimal(text, decimal);
  if (length == 0) return FieldState::kWrong;
  if (length == text.size()) {
    return unit_nanoseconds != 0 && ToMicroseconds(decimal, unit_nanoseconds, us)
               ? FieldState::kRead
               : FieldState::kWrong;
  }
  if (text[length] == 'e' || text[length] == 'E')
    return unit_nanoseconds != 0 ? ReadWithExponent(text, unit_nanoseconds, us)
                                 : FieldState::kWrong;
  return ReadWithUnits(text, us);
}

bool ReadDigits(std::string_view text, std::size_t at, std::size_t length, int& value) {
  if (at + length > text.size()) return false;
  value = 0;
  for (std::size_t i = at; i < at + length; ++i) {
    if (!IsDigit(text[i])) return false;
    value = value * 10 + (text[i] - '0');
  }
  return true;
}

// The month of "Oct"; 0 for another word.
unsigned MonthOf(std::string_view name) {
  constexpr std::array<std::string_view, 12> kMonths = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                        "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const auto* found = std::find(kMonths.begin(), kMonths.end(), name);
  return found == kMonths.end() ? 0 : static_cast<unsigned>(found - kMonths.begin()) + 1;
}

// "+0200" or "-05:30" in minutes; empty and "Z" are UTC.
bool ReadOffset(std::string_view text, int& minutes) {
  minutes = 0;
  if (text.empty() || text == "Z") return true;
  if (text.front() != '+' && text.front() != '-') return false;
  int hours = 0;
  int rest = 0;
  const std::size_t colon = text.size() == 6 && text[3] == ':' ? 1 : 0;
  if (text.size() != 5 + colon || !ReadDigits(text, 1, 2, hours) ||
      !ReadDigits(text, 3 + colon, 2, rest) || hours > 23 || rest > 59)
    return false;
  minutes = (hours * 60 + rest) * (text.front() == '-' ? -1 : 1);
  return true;
}

bool ReadTimeOfDay(std::string_view text, Duration& time_of_day) {
  int hour = 0;
  int minute = 0;
  int second = 0;
  if (text.size() < 8 || text[2] != ':' || text[5] != ':' || !ReadDigits(text, 0, 2, hour) ||
      !ReadDigits(text, 3, 2, minute) || !ReadDigits(text, 6, 2, second) || hour > 23 ||
      minute > 59 || second > 60)
    return false;
  time_of_day = std::chrono::seconds(hour * 3600 + minute * 60 + second);
  return true;
}

bool ReadDate(int year, unsigned month, int day, std::chrono::sys_days& date) {
  const std::chrono::year_month_day calendar{std::chrono::year(year), std::chrono::month(month),
                                             std::chrono::day(static_cast<unsigned>(day))};
  date = calendar;
  return calendar.ok();
}

// "2026-10-10T13:55:36.123456Z", the form that nearly all logs have; other forms of
// RFC 3339 and its kin are left to ParseTime.
bool ReadCommonRfc3339(std::string_view text, TimePoint& time) {
  int year = 0;
  int month = 0;
  int day = 0;
  Duration time_of_day{0};
  std::chrono::sys_days date;
  if (text.size() < 20 || text[4] != '-' || text[7] != '-' || text[10] != 'T' ||
      !ReadDigits(text, 0, 4, year) || !ReadDigits(text, 5, 2, month) ||
      !ReadDigits(text, 8, 2, day) || !ReadTimeOfDay(text.substr(11), time_of_day) ||
      !ReadDate(year, static_cast<unsigned>(month), day, date))
    return false;
  std::size_t at = 19;
  if (text[at] == '.') {
    Decimal fraction;
    const std::size_t length = TakeDecimal(text.substr(at), fraction);
    if (length < 2) return false;
    time_of_day += Duration(static_cast<std::int64_t>(fraction.billionths / 1000));
    at += length;
  }
  int offset = 0;
  if (at == text.size() || !ReadOffset(text.substr(at), offset)) return false;
  time = date + time_of_day - std::chrono::minutes(offset);
  return true;
}

// "10/Oct/2026:13:55:36 +0200", the time of the common log format.
bool ReadCommonLogTime(std::string_view text, TimePoint& time) {
  int year = 0;
  int day = 0;
  int offset = 0;
  Duration time_of_day{0};
  std::chrono::sys_days date;
  if (text.size() != 26 || text[2] != '/' || text[6] != '/' || text[11] != ':' || text[20] != ' ' ||
      !ReadDigits(text, 0, 2, day) || !ReadDigits(text, 7, 4, year) ||
      !ReadTimeOfDay(text.substr(12, 8), time_of_day) || !ReadOffset(text.substr(21), offset) ||
      !ReadDate(year, MonthOf(text.substr(3, 3)), day, date))
    return false;
  time = date + time_of_day - std::chrono::minutes(offset);
  return true;
}

// Each unit's numbers of 1973 to 5138 lie in a range of their own.
TimeUnit UnitBySize(std::uint64_t whole) {
  if (whole < 100'000'000'000) return TimeUnit::kSeconds;
  if (whole < 100'000'000'000'000) return TimeUnit::kMilliseconds;
  if (whole < 100'000'000'000'000'000) return TimeUnit::kMicroseconds;
  return TimeUnit::kNanoseconds;
}

bool ReadEpoch(std::string_view text, TimeUnit unit, TimePoint& time) {
  std::uint64_t whole = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), whole);
  if (error != std::errc()) return false;
  Decimal fraction;
  const auto rest = text.substr(static_cast<std::size_t>(end - text.data()));
  if (!rest.empty() && (rest.front() != '.' || TakeDecimal(rest, fraction) != rest.size()))
    return false;
  if (unit == TimeUnit::kUnknown) unit = UnitBySize(whole);
  const auto scale = static_cast<std::uint64_t>(NanosecondsOf(unit));
  if (scale == 0) return false;
  // Up to the year 5138.
  if (whole / (1'000'000'000 / scale) > 100'000'000'000) return false;
  const std::uint64_t us = scale >= 1000 ? whole * (scale / 1000) : whole / 1000;
  time = TimePoint(
      Duration(static_cast<std::int64_t>(us + fraction.billionths * scale / 1'000'000'000 / 1000)));
  return true;
}

}  // namespace

bool IsAbsent(std::string_view text) {
  return text.empty() || text == "-" || text == "null";
}

FieldState ReadInteger(std::string_view text, int& value) {
  if (IsAbsent(text)) return FieldState::kAbsent;
  return text.size() <= 9 && ReadDigits(text, 0, text.size(), value) ? FieldState::kRead
                                                                     : FieldState::kWrong;
}

void ReadBytes(std::string_view text, std::int64_t& bytes) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error == std::errc() && end == text.data() + text.size() && value >= 0) bytes = value;
}

FieldState ReadDuration(std::string_view text, TimeUnit unit, Duration& duration) {
  if (IsAbsent(text)) return FieldState::kAbsent;
  const bool is_negative = text.front() == '-';
  if (is_negative) text.remove_prefix(1);
  std::int64_t us = 0;
  if (ReadPositive(text, unit, us) == FieldState::kWrong) return FieldState::kWrong;
  duration = Duration(is_negative ? -us : us);
  return FieldState::kRead;
}

FieldState ReadDurationList(std::string_view text, TimeUnit unit, Duration& duration) {
  constexpr std::string_view kBetween = ",;: ";
  Duration sum{0};
  FieldState state = FieldState::kAbsent;
  while (true) {
    const std::size_t first = text.find_first_not_of(kBetween);
    if (first == std::string_view::npos) break;
    text.remove_prefix(first);
    const std::string_view item = text.substr(0, text.find_first_of(kBetween));
    text.remove_prefix(item.size());
    Duration part{0};
    const FieldState read = ReadDuration(item, unit, part);
    if (read == FieldState::kWrong) return FieldState::kWrong;
    if (read == FieldState::kAbsent) continue;
    state = FieldState::kRead;
    sum += part;
    if (sum.count() > kLongestMicroseconds || sum.count() < -kLongestMicroseconds)
      return FieldState::kWrong;
  }
  duration = sum;
  return state;
}

FieldState ReadTime(std::string_view text, TimeUnit unit, TimePoint& time) {
  if (IsAbsent(text)) return FieldState::kAbsent;
  if (ReadCommonRfc3339(text, time) || ReadCommonLogTime(text, time)) return FieldState::kRead;
  if (!IsDigit(text.front())) return FieldState::kWrong;
  if (text.find_first_not_of("0123456789.") == std::string_view::npos)
    return ReadEpoch(text, unit, time) ? FieldState::kRead : FieldState::kWrong;
  if (const Result<TimePoint> read = ParseTime(text)) {
    time = *read;
    return FieldState::kRead;
  }
  return FieldState::kWrong;
}

FieldState ReadGrpcStatus(std::string_view text, int& status) {
  // The names in the order of their numbers, as in google/rpc/code.proto.
  constexpr std::array<std::string_view, 17> kNames = {
      "OK",       "CANCELLED",      "UNKNOWN",          "INVALIDARGUMENT",   "DEADLINEEXCEEDED",
      "NOTFOUND", "ALREADYEXISTS",  "PERMISSIONDENIED", "RESOURCEEXHAUSTED", "FAILEDPRECONDITION",
      "ABORTED",  "OUTOFRANGE",     "UNIMPLEMENTED",    "INTERNAL",          "UNAVAILABLE",
      "DATALOSS", "UNAUTHENTICATED"};
  if (IsAbsent(text)) return FieldState::kAbsent;
  if (IsDigit(text.front())) return ReadInteger(text, status);
  // "NOT_FOUND", "NotFound" and "Canceled" are all met.
  std::array<char, 24> letters{};
  std::size_t length = 0;
  for (const char c : text) {
    if (c == '_') continue;
    if (length == letters.size()) return FieldState::kWrong;
    letters[length++] = c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  }
  const std::string_view name(letters.data(), length);
  for (std::size_t i = 0; i < kNames.size(); ++i) {
    if (name == kNames[i] || (i == 1 && name == "CANCELED")) {
      status = static_cast<int>(i);
      return FieldState::kRead;
    }
  }
  return FieldState::kWrong;
}

bool LineCursor::StepOver(std::size_t length) {
  rest_.remove_prefix(length);
  if (rest_.empty()) return true;
  if (rest_.front() != ' ') return false;
  rest_.remove_prefix(1);
  return true;
}

bool LineCursor::TakeWord(std::string_view& word) {
  if (rest_.empty()) return false;
  word = rest_.substr(0, rest_.find(' '));
  return StepOver(word.size());
}

bool LineCursor::TakeQuoted(std::string_view& text) {
  if (!AtQuote()) return false;
  for (std::size_t at = 1; at < rest_.size(); ++at) {
    if (rest_[at] == '\\') {
      ++at;
    } else if (rest_[at] == '"') {
      text = rest_.substr(1, at - 1);
      return StepOver(at + 1);
    }
  }
  return false;
}

bool LineCursor::TakeBracketed(std::string_view& text) {
  if (rest_.empty() || rest_.front() != '[') return false;
  const std::size_t end = rest_.find(']');
  if (end == std::string_view::npos) return false;
  text = rest_.substr(1, end - 1);
  return StepOver(end + 1);
}

void SplitRequestLine(std::string_view request, std::string_view& method,
                      std::string_view& target) {
  method = {};
  target = request;
  const std::size_t first = request.find(' ');
  if (first == std::string_view::npos) return;
  const std::size_t last = request.rfind(' ');
  const std::string_view protocol = request.substr(last + 1);
  method = request.substr(0, first);
  // HTTP/0.9 has no protocol; a target may hold spaces that a client did not encode.
  const bool has_protocol = last > first && (protocol.starts_with("HTTP/") || protocol == "-");
  target = has_protocol ? request.substr(first + 1, last - first - 1) : request.substr(first + 1);
}

}  // namespace loadcurve::logs
