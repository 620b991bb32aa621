#include "forecaster/wall_clock.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>
#include <vector>

namespace loadcurve {

bool WallClock::Fits(const LoadSeries& series, std::size_t horizon) const {
  const std::chrono::seconds first = offset_at_(series.start());
  for (std::size_t i = 0; i < series.size() + horizon; ++i)
    if ((offset_at_(series.TimeAt(i)) - first) % series.step() != Duration(0)) return false;
  return true;
}

LoadSeries WallClock::ToWall(const LoadSeries& series) const {
  const TimePoint start = WallTimeOf(series.start());
  // The clocks may stand before the first window later on, where they are put back within the first
  // hours: those windows are left out.
  const auto size = static_cast<std::size_t>(
      std::max<std::int64_t>(1, (WallTimeOf(series.end()) - start) / series.step()));
  std::vector<double> sums(size, 0);
  std::vector<double> counts(size, 0);
  for (std::size_t i = 0; i < series.size(); ++i) {
    const std::int64_t at = (WallTimeOf(series.TimeAt(i)) - start) / series.step();
    const double value = series.values()[i];
    if (at < 0 || at >= static_cast<std::int64_t>(size) || std::isnan(value)) continue;
    sums[static_cast<std::size_t>(at)] += value;
    ++counts[static_cast<std::size_t>(at)];
  }
  for (std::size_t i = 0; i < size; ++i)
    sums[i] = counts[i] > 0 ? sums[i] / counts[i] : std::numeric_limits<double>::quiet_NaN();
  return LoadSeries::Make(start, series.step(), std::move(sums), series.weights_version()).value();
}

Calendar WallClock::ToWall(const Calendar& calendar) const {
  std::vector<CalendarEvent> events(calendar.events().begin(), calendar.events().end());
  for (CalendarEvent& event : events) {
    event.from = WallTimeOf(event.from);
    // An event within the hour that is shown twice keeps some length.
    event.until = std::max(WallTimeOf(event.until), event.from + Duration(1));
  }
  return Calendar::Make(std::move(events)).value();
}

std::size_t WallClock::WallRow(const LoadSeries& series, std::size_t ahead) const {
  const TimePoint wall = WallTimeOf(series.TimeAt(series.size() + ahead));
  // While an hour is shown for the second time the first row stands for it.
  return static_cast<std::size_t>(
      std::max<std::int64_t>(0, (wall - WallTimeOf(series.end())) / series.step()));
}

std::size_t WallClock::WallHorizon(const LoadSeries& series, std::size_t horizon) const {
  std::size_t last = 0;
  for (std::size_t ahead = 0; ahead < horizon; ++ahead)
    last = std::max(last, WallRow(series, ahead));
  return last + 1;
}

Forecast WallClock::FromWall(const Forecast& wall, const LoadSeries& series,
                             std::size_t horizon) const {
  ForecastParts parts{.issued_at = series.end(),
                      .step = series.step(),
                      .levels = {wall.levels().begin(), wall.levels().end()},
                      .loads = {},
                      .weights_version = series.weights_version()};
  for (std::size_t ahead = 0; ahead < horizon; ++ahead) {
    const auto row = wall.Row(WallRow(series, ahead));
    parts.loads.insert(parts.loads.end(), row.begin(), row.end());
  }
  return Forecast::Make(std::move(parts)).value();
}

}  // namespace loadcurve
