#include "forecaster/calendar.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "base/time_text.h"

namespace loadcurve {

Result<Calendar> Calendar::Make(std::vector<CalendarEvent> events) {
  for (const CalendarEvent& event : events) {
    if (event.kind.empty())
      return Fail(ErrorCode::kInvalidArgument,
                  "the event at " + ToRfc3339(event.from) + " has neither a kind nor a name");
    if (event.until <= event.from)
      return Fail(ErrorCode::kInvalidArgument,
                  "event '" + event.name + "' is from " + ToRfc3339(event.from) + " until " +
                      ToRfc3339(event.until) + "; expected an end after its beginning");
    if (event.lift && !(std::isfinite(*event.lift) && *event.lift > 0))
      return Fail(ErrorCode::kInvalidArgument, "event '" + event.name + "' has a lift of " +
                                                   std::to_string(*event.lift) +
                                                   "; expected a ratio above 0");
  }
  std::stable_sort(events.begin(), events.end(),
                   [](const auto& a, const auto& b) { return a.from < b.from; });
  Calendar calendar;
  calendar.events_ = std::move(events);
  return calendar;
}

double ShareWithin(const CalendarEvent& event, TimePoint start, Duration step) {
  const TimePoint from = std::max(start, event.from);
  const TimePoint until = std::min(start + step, event.until);
  return until > from ? Seconds(until - from) / Seconds(step) : 0;
}

}  // namespace loadcurve
