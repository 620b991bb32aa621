#include "adapters/logs/time_pattern.h"

#include <array>
#include <chrono>
#include <string>

namespace loadcurve::logs {
namespace {

constexpr std::string_view kConversions = "YymbBhdejHkIlMSpTRrDFcszZaAnt%";

constexpr std::array<std::string_view, 12> kMonths = {
    "January", "February", "March",     "April",   "May",      "June",
    "July",    "August",   "September", "October", "November", "December"};
constexpr std::array<std::string_view, 7> kDays = {"Monday", "Tuesday",  "Wednesday", "Thursday",
                                                   "Friday", "Saturday", "Sunday"};

class Reader {
 public:
  Reader(std::string_view text, CivilTime& time) : text_(text), rest_(text), time_(time) {}

  std::size_t taken() const { return text_.size() - rest_.size(); }

  bool Read(std::string_view pattern) {
    while (!pattern.empty()) {
      const char sign = pattern.front();
      pattern.remove_prefix(1);
      if (sign != '%') {
        if (!Take(sign)) return false;
        continue;
      }
      if (pattern.empty() || !Convert(pattern.front())) return false;
      pattern.remove_prefix(1);
    }
    return true;
  }

 private:
  bool Take(char wanted) {
    if (!rest_.starts_with(wanted)) return false;
    rest_.remove_prefix(1);
    return true;
  }

  // At most `digits` digits, at least one, within [low, high].
  bool TakeNumber(int digits, int low, int high, int& value) {
    int number = 0;
    int count = 0;
    while (count < digits && !rest_.empty() && rest_.front() >= '0' && rest_.front() <= '9') {
      number = number * 10 + (rest_.front() - '0');
      rest_.remove_prefix(1);
      ++count;
    }
    value = number;
    return count > 0 && number >= low && number <= high;
  }

  bool TakePadded(int low, int high, int& value) {
    Take(' ');
    return TakeNumber(2, low, high, value);
  }

  // The full name or its first three letters; `index` counts from 0.
  template <std::size_t n>
  bool TakeName(const std::array<std::string_view, n>& names, int& index) {
    for (std::size_t i = 0; i < n; ++i) {
      for (const std::string_view form : {names[i], names[i].substr(0, 3)}) {
        if (!rest_.starts_with(form)) continue;
        rest_.remove_prefix(form.size());
        index = static_cast<int>(i);
        return true;
      }
    }
    return false;
  }

  bool TakeOffset() {
    if (Take('Z')) return SetOffset(0);
    const bool is_west = rest_.starts_with('-');
    if (!Take('-') && !Take('+')) return false;
    int hours = 0;
    int minutes = 0;
    if (!TakeNumber(2, 0, 23, hours)) return false;
    Take(':');
    if (!TakeNumber(2, 0, 59, minutes)) return false;
    return SetOffset((is_west ? -1 : 1) * (hours * 60 + minutes));
  }

  bool SetOffset(int minutes) {
    time_.offset = std::chrono::minutes(minutes);
    return true;
  }

  // "UTC" and "GMT" say the offset; other abbreviations mean different zones in different
  // countries, and the zone that the user gives counts.
  bool TakeZoneName() {
    const std::size_t end =
        rest_.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+-");
    const std::string_view name = rest_.substr(0, end);
    rest_.remove_prefix(name.size());
    if (name == "UTC" || name == "GMT" || name == "Z") SetOffset(0);
    return !name.empty();
  }

  bool TakeEpoch() {
    std::int64_t seconds = 0;
    std::size_t digits = 0;
    while (digits < rest_.size() && rest_[digits] >= '0' && rest_[digits] <= '9' && digits < 12)
      seconds = seconds * 10 + (rest_[digits++] - '0');
    rest_.remove_prefix(digits);
    time_.epoch_seconds = seconds;
    return digits > 0;
  }

  bool TakeShortYear() {
    if (!TakeNumber(2, 0, 99, time_.year)) return false;
    time_.year += time_.year < 69 ? 2000 : 1900;  // as POSIX strptime
    return true;
  }

  bool TakeMonthName() {
    if (!TakeName(kMonths, time_.month)) return false;
    ++time_.month;
    return true;
  }

  bool TakeHalf() {
    time_.has_half_day = true;
    time_.is_afternoon = rest_.starts_with("PM") || rest_.starts_with("pm");
    if (!time_.is_afternoon && !rest_.starts_with("AM") && !rest_.starts_with("am")) return false;
    rest_.remove_prefix(2);
    return true;
  }

  bool Convert(char conversion) {
    int ignored = 0;
    switch (conversion) {
      case 'Y':
        return TakeNumber(4, 1, 9999, time_.year);
      case 'y':
        return TakeShortYear();
      case 'm':
        return TakePadded(1, 12, time_.month);
      case 'b':
      case 'B':
      case 'h':
        return TakeMonthName();
      case 'd':
      case 'e':
        return TakePadded(1, 31, time_.day);
      case 'j':
        return TakeNumber(3, 1, 366, time_.day_of_year);
      case 'H':
      case 'k':
        return TakePadded(0, 23, time_.hour);
      case 'I':
      case 'l':
        return TakePadded(1, 12, time_.hour);
      case 'M':
        return TakeNumber(2, 0, 59, time_.minute);
      case 'S':
        return TakeNumber(2, 0, 60, time_.second);
      case 'p':
        return TakeHalf();
      case 'T':
        return Read("%H:%M:%S");
      case 'R':
        return Read("%H:%M");
      case 'r':
        return Read("%I:%M:%S %p");
      case 'D':
        return Read("%m/%d/%y");
      case 'F':
        return Read("%Y-%m-%d");
      case 'c':
        return Read("%a %b %e %H:%M:%S %Y");
      case 's':
        return TakeEpoch();
      case 'z':
        return TakeOffset();
      case 'Z':
        return TakeZoneName();
      case 'a':
      case 'A':
        return TakeName(kDays, ignored);
      case 'n':
        return Take('\n');
      case 't':
        return Take('\t');
      case '%':
        return Take('%');
      default:
        return false;
    }
  }

  std::string_view text_;
  std::string_view rest_;
  CivilTime& time_;
};

}  // namespace

std::optional<TimePoint> CivilTime::Local() const {
  using std::chrono::sys_days;
  if (epoch_seconds) return TimePoint(std::chrono::seconds(*epoch_seconds) + fraction);
  sys_days date;
  if (day_of_year > 0) {
    date = sys_days(std::chrono::year(year) / 1 / 1) + std::chrono::days(day_of_year - 1);
  } else {
    const std::chrono::year_month_day calendar{std::chrono::year(year),
                                               std::chrono::month(static_cast<unsigned>(month)),
                                               std::chrono::day(static_cast<unsigned>(day))};
    if (!calendar.ok()) return std::nullopt;
    date = sys_days(calendar);
  }
  int hours = hour;
  if (has_half_day) hours = hour % 12 + (is_afternoon ? 12 : 0);
  return TimePoint(date) + std::chrono::hours(hours) + std::chrono::minutes(minute) +
         std::chrono::seconds(second) + fraction;
}

Result<void> CheckTimePattern(std::string_view pattern) {
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    if (pattern[i] != '%') continue;
    ++i;
    if (i == pattern.size() || kConversions.find(pattern[i]) == std::string_view::npos)
      return Fail(ErrorCode::kInvalidArgument,
                  "time '" + std::string(pattern) + "': unknown conversion '" +
                      std::string(pattern.substr(i - 1, 2)) +
                      "'; expected one of strftime's %Y %m %d %H %M %S %b %T %F %z and kin");
  }
  return {};
}

std::optional<std::size_t> ReadByPattern(std::string_view pattern, std::string_view text,
                                         CivilTime& time) {
  Reader reader(text, time);
  if (!reader.Read(pattern)) return std::nullopt;
  return reader.taken();
}

}  // namespace loadcurve::logs
