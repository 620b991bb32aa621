#pragma once

#include <optional>
#include <string_view>

#include "base/result.h"
#include "base/units.h"

namespace loadcurve::logs {

// The parts of a time as a line tells them; several fields of a line may each tell some.
struct CivilTime {
  int year = 0;
  int month = 0;
  int day = 0;
  int day_of_year = 0;
  int hour = 0;
  int minute = 0;
  int second = 0;
  bool is_afternoon = false;
  bool has_half_day = false;       // an hour of 1 to 12 and AM or PM
  Duration fraction{0};            // of a second
  std::optional<Duration> offset;  // east of UTC, where the log says
  std::optional<std::int64_t> epoch_seconds;

  // The instant as if in UTC; nothing where it is no time of any calendar.
  std::optional<TimePoint> Local() const;
};

// Refuses what ReadByPattern cannot read: kInvalidArgument names the conversion.
[[nodiscard]] Result<void> CheckTimePattern(std::string_view pattern);

// Reads what strftime wrote by `pattern` from the left of `text` into `time`; returns how
// many bytes it took, or nothing where the text is of another shape. Names of months and
// days are English. The conversions are
// %Y %y %m %b %B %h %d %e %j %H %k %I %l %M %S %p %T %R %r %D %F %c %s %z %Z %a %A %n %t %%.
std::optional<std::size_t> ReadByPattern(std::string_view pattern, std::string_view text,
                                         CivilTime& time);

}  // namespace loadcurve::logs
