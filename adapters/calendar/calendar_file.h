#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "base/units.h"
#include "forecaster/calendar.h"
#include "scaler/policy_window.h"
#include "scaler/zone_offsets.h"

namespace loadcurve::calendar {

// A calendar and the place whose clocks it goes by.
struct ReadCalendar {
  Calendar calendar;
  ZoneOffsets zone;
  bool has_zone = false;  // named by the file, or by the user
};

// What is asked of a file: repeating events are unrolled within `span`, and the others left out
// where they lie outside. `zone_name` takes the place of the one that the file names; may be empty.
struct CalendarQuery {
  TimeSpan span;
  std::string zone_name;
};

// iCalendar (RFC 5545) where the text begins with BEGIN:VCALENDAR, else YAML:
//
//   timeZone: Europe/Berlin        # of times without an offset; default: UTC
//   events:
//     - name: summer sale
//       kind: sale                 # what acts alike; default: the name
//       start: 2026-06-12T20:00    # with duration or end
//       duration: 2h
//     - {name: Christmas, kind: holiday, date: 2026-12-25}      # a day, from midnight to midnight
//     - {name: newsletter, cron: 0 9 * * tue, duration: 30m}    # again and again
//     - {name: launch, start: 2026-09-01T10:00Z, end: 2026-09-01T14:00Z, lift: 2.5}
//
// Of an iCalendar file the events (VEVENT) count, with their repetitions and exceptions; one
// without times is a day. The kind is the first of CATEGORIES, else the SUMMARY; a TZID may be one
// of the file or of this machine; times without one are by X-WR-TIMEZONE. Those with
// STATUS:CANCELLED are left out.
//
// kInvalidArgument: the message names the file, the line, the field, what was found and what was
// expected. `file_name` is only for messages.
[[nodiscard]] Result<ReadCalendar> ParseCalendar(std::string_view text, std::string_view file_name,
                                                 const CalendarQuery& query);

// The same from a file, plain or compressed; "-" is standard input.
[[nodiscard]] Result<ReadCalendar> ReadCalendarFile(const std::string& path,
                                                    const CalendarQuery& query);

}  // namespace loadcurve::calendar
