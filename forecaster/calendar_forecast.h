#pragma once

#include <cstddef>
#include <optional>
#include <vector>

#include "base/result.h"
#include "forecaster/calendar.h"
#include "forecaster/event_overlay.h"
#include "forecaster/load_forecast.h"
#include "forecaster/wall_clock.h"
#include "metrics/load_series.h"

namespace loadcurve {

// What is known of time beside the series itself.
struct CalendarContext {
  Calendar calendar;
  std::optional<WallClock> clock;  // of the people who make the load; absent: UTC
};

// An event that touches the forecast.
struct ExpectedEvent {
  CalendarEvent event;
  EventEffect effect;
};

struct CalendarReport {
  ForecastReport report;  // `why` speaks of the events too
  std::vector<ExpectedEvent> expected;
  std::vector<double> lifts;  // one a step ahead: what the events multiply the load by
  LoadSeries ordinary;        // the past without what events added, by the clock where there is one
};

// As ForecastLoad, of the load as the clocks of its place show it and without what past events
// added; what the events to come are expected to add is laid over it. Steps that clocks do not move
// by whole ones (a day, say) are taken as they are.
[[nodiscard]] Result<CalendarReport> ForecastByCalendar(const LoadSeries& series,
                                                        const ForecastOptions& options,
                                                        const CalendarContext& context);

// The report alone.
[[nodiscard]] Result<ForecastReport> ReportOf(Result<CalendarReport> report);

}  // namespace loadcurve
