#pragma once

#include <chrono>
#include <functional>

#include "base/result.h"
#include "forecaster/calendar.h"
#include "forecaster/forecast.h"
#include "metrics/load_series.h"

namespace loadcurve {

// A load as the clocks of a place show it. People follow their clocks, so where these are put
// forward or back, the day of a load moves with them; by the clocks it stays where it is.
//
// A wall time is written as the TimePoint that shows the same in UTC.
class WallClock {
 public:
  // How far the clocks are ahead of UTC at a time.
  using OffsetAt = std::function<std::chrono::seconds(TimePoint)>;
  explicit WallClock(OffsetAt offset_at) : offset_at_(std::move(offset_at)) {}

  TimePoint WallTimeOf(TimePoint time) const { return time + offset_at_(time); }

  // True where a window of `step` never straddles a change of the clocks between two times.
  bool Fits(const LoadSeries& series, std::size_t horizon) const;

  // The same load by the clocks; only where it Fits. Windows that no clock showed are missing,
  // those shown twice have the mean of both.
  LoadSeries ToWall(const LoadSeries& series) const;
  Calendar ToWall(const Calendar& calendar) const;

  // How many steps a forecast of the wall load must hold for one of `horizon` steps by UTC after
  // `series`.
  std::size_t WallHorizon(const LoadSeries& series, std::size_t horizon) const;

  // That forecast, back by UTC.
  Forecast FromWall(const Forecast& wall, const LoadSeries& series, std::size_t horizon) const;

 private:
  // Which row of the wall forecast is for step `ahead` after the series.
  std::size_t WallRow(const LoadSeries& series, std::size_t ahead) const;

  OffsetAt offset_at_;
};

}  // namespace loadcurve
