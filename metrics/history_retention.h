#pragma once

#include "base/units.h"

namespace loadcurve {

// How long history is kept, and how finely. 15 days of shorter steps are as much as `serve`
// learns from; 45 days of minutes hold six weeks, enough for weekly seasons; two years of
// hours hold each season of the year twice.
struct HistoryRetention {
  Duration shorter_for = std::chrono::days(15);
  Duration minutes_for = std::chrono::days(45);
  Duration hours_for = std::chrono::days(731);

  // Hours that end before this have no windows shorter than a minute.
  TimePoint ShorterSince(TimePoint now) const { return now - shorter_for; }
  // Hours that end before this are kept as one window.
  TimePoint MinutesSince(TimePoint now) const { return now - minutes_for; }
  // Hours that end before this are forgotten.
  TimePoint HoursSince(TimePoint now) const { return now - hours_for; }
};

}  // namespace loadcurve
