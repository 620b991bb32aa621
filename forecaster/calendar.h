#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/units.h"

namespace loadcurve {

// Something that is known to happen, or to have happened: a holiday, a sale.
struct CalendarEvent {
  std::string kind;  // what acts alike is of one kind: "sale"
  std::string name;  // for people: "summer sale"
  TimePoint from;
  TimePoint until;             // after `from`, and not part of it
  std::optional<double> lift;  // the ratio that a person expects, > 0

  bool operator==(const CalendarEvent&) const = default;
};

// Events in the order in which they begin.
class Calendar {
 public:
  // No events.
  Calendar() = default;

  // kInvalidArgument, naming the event: one that does not end after it begins, one without a kind,
  // a lift that is not above zero.
  [[nodiscard]] static Result<Calendar> Make(std::vector<CalendarEvent> events);

  // Valid while the calendar lives.
  std::span<const CalendarEvent> events() const { return events_; }

 private:
  std::vector<CalendarEvent> events_;
};

// The share of the window [start, start + step) that lies within the event, in [0, 1].
double ShareWithin(const CalendarEvent& event, TimePoint start, Duration step);

}  // namespace loadcurve
