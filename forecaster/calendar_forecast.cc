#include "forecaster/calendar_forecast.h"

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>

#include "base/time_text.h"
#include "forecaster/seasonality.h"

namespace loadcurve {
namespace {

// An event may stand out so far that no season is seen beside it.
std::vector<std::size_t> SeasonsOf(const LoadSeries& series, const Calendar& calendar,
                                   const ForecastOptions& options) {
  if (options.seasons.empty()) return DetectSeasons(OutsideEvents(series, calendar));
  std::vector<std::size_t> seasons;
  for (const Duration season : options.seasons)
    if (season >= series.step())
      seasons.push_back(static_cast<std::size_t>(season / series.step()));
  std::sort(seasons.begin(), seasons.end());
  return seasons;
}

// "1.85", without the digits that a ratio of loads does not have.
std::string Ratio2(double ratio) {
  std::string text = std::to_string(std::round(ratio * 100) / 100);
  text.erase(text.find('.') + 3);
  return text;
}

std::string InWords(const ExpectedEvent& expected) {
  const EventEffect& effect = expected.effect;
  std::string words =
      "; event '" + expected.event.name + "' from " + ToRfc3339(expected.event.from) + ": ";
  if (effect.seen == 0 && !expected.event.lift && effect.expected_ratio == 1)
    return words + "none of its kind was seen before, so nothing is added";
  words += "the load x " + Ratio2(effect.expected_ratio);
  if (effect.seen == 0) return words + ", as stated";
  return words + ", since " + std::to_string(effect.seen) + " of its kind had x " +
         Ratio2(effect.seen_ratio);
}

bool Touches(const CalendarEvent& event, const Forecast& forecast) {
  return event.from < forecast.TimeAt(forecast.horizon()) && event.until > forecast.issued_at();
}

}  // namespace

Result<CalendarReport> ForecastByCalendar(const LoadSeries& series, const ForecastOptions& options,
                                          const CalendarContext& context) {
  const bool is_by_clock = context.clock && context.clock->Fits(series, options.horizon);
  const LoadSeries past = is_by_clock ? context.clock->ToWall(series) : series;
  const Calendar calendar =
      is_by_clock ? context.clock->ToWall(context.calendar) : context.calendar;
  const EventOverlay overlay(past, calendar, SeasonsOf(past, calendar, options));
  ForecastOptions wanted = options;
  if (is_by_clock) wanted.horizon = context.clock->WallHorizon(series, options.horizon);
  LC_TRY(ForecastReport report, ForecastLoad(overlay.ordinary(), wanted));
  report.forecast = overlay.Over(report.forecast);
  std::vector<double> lifts;
  if (is_by_clock)
    report.forecast = context.clock->FromWall(report.forecast, series, options.horizon);
  const Forecast& forecast = report.forecast;
  for (std::size_t ahead = 0; ahead < forecast.horizon(); ++ahead) {
    const TimePoint time = forecast.TimeAt(ahead);
    lifts.push_back(
        overlay.LiftAt(is_by_clock ? context.clock->WallTimeOf(time) : time, forecast.step()));
  }
  const bool is_lifted = std::ranges::any_of(lifts, [](double lift) { return lift != 1; });
  if (is_lifted || wanted.horizon != options.horizon) report.maximum.clear();
  std::vector<ExpectedEvent> expected;
  for (const CalendarEvent& event : context.calendar.events()) {
    if (!Touches(event, forecast)) continue;
    expected.push_back({event, overlay.EffectOf(event)});
    report.why += InWords(expected.back());
  }
  LoadSeries ordinary = overlay.ordinary();
  return CalendarReport{std::move(report), std::move(expected), std::move(lifts),
                        std::move(ordinary)};
}

Result<ForecastReport> ReportOf(Result<CalendarReport> report) {
  if (!report) return tl::unexpected<Error>(std::move(report).error());
  return std::move(report->report);
}

}  // namespace loadcurve
