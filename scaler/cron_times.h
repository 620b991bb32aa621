#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace loadcurve {

// The times that a cron expression names, "0 7 * * mon-fri": minute, hour, day of the month, month
// and day of the week, each a list of numbers, ranges and steps, as crontab(5) has them.
//
// - Names: jan-dec and sun-sat, in any case. 0 and 7 are Sunday.
// - "5/15" is "from 5 on, every 15"; "*/15" and "10-40/15" too.
// - Where both days are restricted, neither beginning with '*', either is enough; else both must
// hold.
class CronTimes {
 public:
  // kInvalidArgument, whose message names the field, what stands there and what was expected; also
  // where there is no such day in any year, as on 30 February.
  [[nodiscard]] static Result<CronTimes> Parse(std::string_view text);

  const std::string& text() const { return text_; }

  bool HoldsOn(std::chrono::year_month_day day) const;
  bool HoldsInHour(int hour) const { return (hours_ >> hour & 1U) != 0; }
  bool HoldsInMinute(int minute) const { return (minutes_ >> minute & 1U) != 0; }

  // Whether minute or hour begins with '*': such times are those that a clock shows, not an
  // appointment, where clocks are changed.
  bool FollowsClock() const { return follows_clock_; }

  bool operator==(const CronTimes& other) const { return text_ == other.text_; }

 private:
  CronTimes() = default;

  bool HasAnyDay() const;

  std::string text_;
  std::uint64_t minutes_ = 0;
  std::uint64_t hours_ = 0;
  std::uint64_t month_days_ = 0;
  std::uint64_t months_ = 0;
  std::uint64_t week_days_ = 0;  // bit 0: Sunday
  bool is_any_month_day_ = false;
  bool is_any_week_day_ = false;
  bool follows_clock_ = false;
};

}  // namespace loadcurve
