#include "scaler/policy_window.h"

#include <algorithm>

namespace loadcurve {
namespace {

using std::chrono::days;
using std::chrono::local_days;

local_days DayOf(const Recurrence& recurrence, TimePoint time) {
  return std::chrono::floor<days>(recurrence.zone.WallTimeAt(time));
}

// Calls `take` with every start on a day of the clocks.
template <class Take>
void ForEachStart(const Recurrence& recurrence, local_days day, const Take& take) {
  const CronTimes& times = recurrence.start;
  if (!times.HoldsOn(std::chrono::year_month_day(day))) return;
  for (int hour = 0; hour < 24; ++hour) {
    if (!times.HoldsInHour(hour)) continue;
    for (int minute = 0; minute < 60; ++minute) {
      if (!times.HoldsInMinute(minute)) continue;
      const auto start =
          recurrence.zone.InstantsOf(day + std::chrono::hours(hour) + std::chrono::minutes(minute));
      if (start.was_shown || !times.FollowsClock()) take(start.first);
      if (start.was_shown && times.FollowsClock()) take(start.last);
    }
  }
}

// The last start at `time` or before, and after `since`. Clocks that are put back show a later day
// before an earlier one: one day more is looked at on either side.
std::optional<TimePoint> LastStart(const Recurrence& recurrence, TimePoint since, TimePoint time) {
  std::optional<TimePoint> last;
  const local_days first_day = DayOf(recurrence, since) - days(1);
  for (local_days day = DayOf(recurrence, time) + days(1); day >= first_day; day -= days(1)) {
    const bool was_found = last.has_value();
    ForEachStart(recurrence, day, [&](TimePoint start) {
      if (start > since && start <= time) last = std::max(last.value_or(start), start);
    });
    if (was_found) break;
  }
  return last;
}

// The first start after `since`, at `time` or before.
std::optional<TimePoint> FirstStart(const Recurrence& recurrence, TimePoint since, TimePoint time) {
  std::optional<TimePoint> first;
  const local_days last_day = DayOf(recurrence, time) + days(1);
  for (local_days day = DayOf(recurrence, since) - days(1); day <= last_day; day += days(1)) {
    const bool was_found = first.has_value();
    ForEachStart(recurrence, day, [&](TimePoint start) {
      if (start > since && start <= time) first = std::min(first.value_or(start), start);
    });
    if (was_found) break;
  }
  return first;
}

}  // namespace

std::optional<TimeSpan> SpanAt(const PolicyWindow& window, TimePoint time) {
  if (!window.recurrence)
    return window.once.Contains(time) ? std::optional(window.once) : std::nullopt;
  const Duration duration = window.recurrence->duration;
  const auto start = LastStart(*window.recurrence, time - duration, time);
  return start ? std::optional(TimeSpan{*start, *start + duration}) : std::nullopt;
}

std::optional<TimeSpan> NextSpan(const PolicyWindow& window, TimePoint time, TimePoint until) {
  if (!window.recurrence) {
    const bool is_next = window.once.from > time && window.once.from <= until;
    return is_next ? std::optional(window.once) : std::nullopt;
  }
  const auto start = FirstStart(*window.recurrence, time, until);
  return start ? std::optional(TimeSpan{*start, *start + window.recurrence->duration})
               : std::nullopt;
}

}  // namespace loadcurve
