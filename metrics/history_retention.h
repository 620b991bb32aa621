#pragma once

#include "base/units.h"

namespace loadcurve {

// How long history is kept, and how finely. 45 days of minutes hold six weeks, enough for
// weekly seasons; two years of hours hold each season of the year twice.
struct HistoryRetention {
  Duration minutes_for = std::chrono::days(45);
  Duration hours_for = std::chrono::days(731);

  // Hours that end before this are kept as one window.
  TimePoint MinutesSince(TimePoint now) const { return now - minutes_for; }
  // Hours that end before this are forgotten.
  TimePoint HoursSince(TimePoint now) const { return now - hours_for; }
};

}  // namespace loadcurve
