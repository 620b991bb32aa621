#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/units.h"
#include "scaler/cron_times.h"
#include "scaler/zone_offsets.h"

namespace loadcurve {

// Up to `until`, which is not part of it.
struct TimeSpan {
  TimePoint from;
  TimePoint until;

  bool Contains(TimePoint time) const { return from <= time && time < until; }
  bool operator==(const TimeSpan&) const = default;
};

// From each start, by the clocks of a zone, for a duration by any clock that runs evenly. Where
// clocks are changed, as cron does (Vixie's, cron(8) of Debian):
//
// - A start that no clock shows, since clocks are put forward over it, is the moment they are.
// - A start that clocks show twice is the first.
// - Of starts that follow the clock, in every hour or minute, the first are left out and the second
//   are two.
struct Recurrence {
  CronTimes start;
  ZoneOffsets zone{};
  Duration duration{0};  // > 0

  bool operator==(const Recurrence&) const = default;
};

// When a stated policy holds: again and again, or once.
struct PolicyWindow {
  std::string name{};  // a DNS label
  std::optional<Recurrence> recurrence{};
  TimeSpan once{};  // where there is no recurrence

  bool operator==(const PolicyWindow&) const = default;
};

// The span that holds at `time`; of several that which began last.
std::optional<TimeSpan> SpanAt(const PolicyWindow& window, TimePoint time);

// The next span that begins after `time` and at `until` or before.
std::optional<TimeSpan> NextSpan(const PolicyWindow& window, TimePoint time, TimePoint until);

}  // namespace loadcurve
