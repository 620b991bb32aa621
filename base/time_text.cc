#include "base/time_text.h"

#include <array>
#include <charconv>
#include <cmath>
#include <cstdio>

namespace loadcurve {
namespace {

using std::chrono::days;
using std::chrono::floor;
using std::chrono::microseconds;
using std::chrono::sys_days;

// Reads a text from the left; every step says whether it found what it looked for.
class Cursor {
 public:
  explicit Cursor(std::string_view text) : rest_(text) {}

  bool Take(char wanted) {
    if (rest_.empty() || rest_.front() != wanted) return false;
    rest_.remove_prefix(1);
    return true;
  }

  bool TakeNumber(std::size_t digits, int& value) {
    if (rest_.size() < digits) return false;
    int number = 0;
    for (std::size_t i = 0; i < digits; ++i) {
      if (rest_[i] < '0' || rest_[i] > '9') return false;
      number = number * 10 + (rest_[i] - '0');
    }
    rest_.remove_prefix(digits);
    value = number;
    return true;
  }

  // ".25" in microseconds; digits past the sixth are dropped.
  bool TakeFraction(microseconds& fraction) {
    std::int64_t value = 0;
    std::int64_t scale = 100'000;
    if (rest_.empty() || rest_[0] < '0' || rest_[0] > '9') return false;
    while (!rest_.empty() && rest_[0] >= '0' && rest_[0] <= '9') {
      value += scale * (rest_[0] - '0');
      scale /= 10;
      rest_.remove_prefix(1);
    }
    fraction = microseconds(value);
    return true;
  }

  bool AtEnd() const { return rest_.empty(); }

 private:
  std::string_view rest_;
};

bool TakeDate(Cursor& cursor, sys_days& date) {
  int year = 0;
  int month = 0;
  int day = 0;
  if (!cursor.TakeNumber(4, year) || !cursor.Take('-') || !cursor.TakeNumber(2, month) ||
      !cursor.Take('-') || !cursor.TakeNumber(2, day))
    return false;
  const std::chrono::year_month_day calendar{std::chrono::year(year),
                                             std::chrono::month(static_cast<unsigned>(month)),
                                             std::chrono::day(static_cast<unsigned>(day))};
  if (!calendar.ok()) return false;
  date = sys_days(calendar);
  return true;
}

bool TakeTimeOfDay(Cursor& cursor, microseconds& time_of_day) {
  int hour = 0;
  int minute = 0;
  int second = 0;
  microseconds fraction{0};
  if (!cursor.TakeNumber(2, hour) || !cursor.Take(':') || !cursor.TakeNumber(2, minute))
    return false;
  if (cursor.Take(':')) {
    if (!cursor.TakeNumber(2, second)) return false;
    if ((cursor.Take('.') || cursor.Take(',')) && !cursor.TakeFraction(fraction)) return false;
  }
  // 60 is a leap second; it is counted as the first of the next minute.
  if (hour > 23 || minute > 59 || second > 60) return false;
  time_of_day = std::chrono::hours(hour) + std::chrono::minutes(minute) +
                std::chrono::seconds(second) + fraction;
  return true;
}

bool TakeOffset(Cursor& cursor, microseconds& offset) {
  offset = microseconds(0);
  if (cursor.AtEnd() || cursor.Take('Z') || cursor.Take('z')) return true;
  cursor.Take(' ');
  const bool is_negative = cursor.Take('-');
  if (!is_negative && !cursor.Take('+')) return false;
  int hours = 0;
  int minutes = 0;
  if (!cursor.TakeNumber(2, hours)) return false;
  cursor.Take(':');
  if (!cursor.AtEnd() && !cursor.TakeNumber(2, minutes)) return false;
  if (hours > 23 || minutes > 59) return false;
  offset = std::chrono::hours(hours) + std::chrono::minutes(minutes);
  if (is_negative) offset = -offset;
  return true;
}

bool IsEpochNumber(std::string_view text) {
  return text.find_first_not_of("0123456789.") == std::string_view::npos && text.size() >= 5 &&
         text.find_first_of('.') == text.find_last_of('.') && text.front() != '.';
}

// Seconds since the epoch pass 1e11 in the year 5138; milliseconds did in 1973.
constexpr double kFirstMilliseconds = 1e11;

bool ParseEpoch(std::string_view text, TimePoint& time) {
  const std::size_t point = text.find('.');
  std::int64_t whole = 0;
  const std::string_view digits = text.substr(0, point);
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), whole);
  if (error != std::errc() || end != digits.data() + digits.size()) return false;
  microseconds fraction{0};
  if (point != std::string_view::npos) {
    Cursor cursor(text.substr(point + 1));
    if (!cursor.AtEnd() && (!cursor.TakeFraction(fraction) || !cursor.AtEnd())) return false;
  }
  const auto value = static_cast<double>(whole);
  if (value < kFirstMilliseconds) {
    time = TimePoint(std::chrono::seconds(whole) + fraction);
    return true;
  }
  if (value >= kFirstMilliseconds * 1000) return false;
  time = TimePoint(std::chrono::milliseconds(whole) + fraction / 1000);
  return true;
}

struct Unit {
  std::string_view name;
  std::int64_t microseconds;
};

constexpr std::array kUnits = {Unit{"d", 86'400'000'000}, Unit{"h", 3'600'000'000},
                               Unit{"m", 60'000'000},     Unit{"s", 1'000'000},
                               Unit{"ms", 1'000},         Unit{"us", 1}};

}  // namespace

std::string ToRfc3339(TimePoint time) {
  const auto date = floor<days>(time);
  const std::chrono::year_month_day calendar(date);
  const std::chrono::hh_mm_ss<microseconds> clock(time - date);
  std::array<char, 48> text{};
  int length = std::snprintf(
      text.data(), text.size(), "%04d-%02u-%02uT%02d:%02d:%02d", static_cast<int>(calendar.year()),
      static_cast<unsigned>(calendar.month()), static_cast<unsigned>(calendar.day()),
      static_cast<int>(clock.hours().count()), static_cast<int>(clock.minutes().count()),
      static_cast<int>(clock.seconds().count()));
  std::string result(text.data(), static_cast<std::size_t>(length));
  if (const auto fraction = clock.subseconds().count(); fraction != 0) {
    length = std::snprintf(text.data(), text.size(), ".%06d", static_cast<int>(fraction));
    std::string_view digits(text.data(), static_cast<std::size_t>(length));
    digits = digits.substr(0, digits.find_last_not_of('0') + 1);
    result += digits;
  }
  return result + "Z";
}

Result<TimePoint> ParseTime(std::string_view text) {
  TimePoint time;
  if (IsEpochNumber(text) && ParseEpoch(text, time)) return time;
  Cursor cursor(text);
  sys_days date;
  microseconds time_of_day{0};
  microseconds offset{0};
  bool ok = TakeDate(cursor, date);
  if (ok && !cursor.AtEnd()) {
    ok = (cursor.Take('T') || cursor.Take('t') || cursor.Take(' ')) &&
         TakeTimeOfDay(cursor, time_of_day) && TakeOffset(cursor, offset) && cursor.AtEnd();
  }
  if (!ok)
    return Fail(ErrorCode::kInvalidArgument,
                "'" + std::string(text) +
                    "' is not a time; expected RFC 3339 (2026-10-10T13:55:36Z), "
                    "'2026-10-10 13:55:36' in UTC, or seconds or milliseconds since 1970");
  return date + time_of_day - offset;
}

Result<Duration> ParseDuration(std::string_view text) {
  double number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  const std::string_view unit(end, static_cast<std::size_t>(text.data() + text.size() - end));
  if (error == std::errc() && number >= 0) {
    for (const Unit& known : kUnits) {
      const double microseconds = number * static_cast<double>(known.microseconds);
      if (unit == known.name && microseconds < 3.2e15) return Duration(std::llround(microseconds));
    }
  }
  return Fail(ErrorCode::kInvalidArgument,
              "'" + std::string(text) +
                  "' is not a duration; expected a number and a unit: us, ms, s, m, h or d, "
                  "as in 60s or 1.5h");
}

std::string ToString(Duration duration) {
  if (duration.count() == 0) return "0s";
  for (const Unit& unit : kUnits) {
    if (duration.count() % unit.microseconds == 0)
      return std::to_string(duration.count() / unit.microseconds) + std::string(unit.name);
  }
  return std::to_string(duration.count()) + "us";
}

}  // namespace loadcurve
