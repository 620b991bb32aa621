#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "forecaster/calendar.h"
#include "forecaster/forecast.h"
#include "metrics/load_series.h"

namespace loadcurve {

// What events of one kind did to the load, and what is expected of the next one. Ratios are to the
// load without the event; logarithms of them are natural.
struct EventEffect {
  std::string kind;
  std::size_t seen = 0;       // events within the series that could be measured
  double seen_ratio = 1;      // their geometric mean; 1 where none was seen
  double expected_ratio = 1;  // drawn towards 1, or towards a stated lift, the fewer were seen
  double spread = 0;          // standard deviation of the log of the next ratio
};

// The series with every window that an event touches missing: what is left is ordinary for sure.
LoadSeries OutsideEvents(const LoadSeries& series, const Calendar& calendar);

// A load with what events added taken away from its past and laid over its future, so that no model
// takes an event for a season and none misses the next.
//
// The load without an event is the median of up to eight other seasons at the same place, each
// brought to the level just before the event; without a season, the level around it. The ratios of
// a kind are taken as lognormal about an unknown middle, which is itself lognormal about 1 (or the
// lift a person stated) and doubles or halves within one standard deviation: so n events seen count
// n tau^2 / (n tau^2 + sigma^2) of the way. sigma is learnt from how the events of the kind
// differed, beginning at 0.2. A kind that was never seen and of which nothing is stated changes
// nothing.
class EventOverlay {
 public:
  // `seasons` in steps, rising; may be empty. Of the calendar all events are known, before the end
  // of the series and after it.
  EventOverlay(const LoadSeries& series, Calendar calendar, std::span<const std::size_t> seasons);

  // The series without what the events that could be measured added.
  const LoadSeries& ordinary() const { return ordinary_; }

  const std::vector<EventEffect>& effects() const { return effects_; }
  const EventEffect& EffectOf(const CalendarEvent& event) const;
  const Calendar& calendar() const { return calendar_; }

  // By what the load of the window [start, start + step) is expected to be multiplied.
  double LiftAt(TimePoint start, Duration step) const;

  // The forecast of the ordinary load, with the events over it: multiplied by the lift, and as much
  // wider as the lift is uncertain.
  Forecast Over(const Forecast& ordinary) const;

 private:
  // What is expected at a window: the log of the lift, and the variance of that log.
  struct Lift {
    double log = 0;
    double variance = 0;
  };
  Lift ExpectedAt(TimePoint start, Duration step) const;
  // As EffectOf, of a kind with a lift that a person stated.
  EventEffect EffectOfKind(const std::string& kind, std::span<const double> logs,
                           std::optional<double> lift) const;

  Calendar calendar_;
  LoadSeries ordinary_;
  std::vector<EventEffect> effects_;          // one a kind
  std::vector<std::size_t> effect_of_event_;  // in the calendar's order
};

}  // namespace loadcurve
