#pragma once

#include <cstddef>

#include "forecaster/forecast_model.h"

namespace loadcurve {

// The recent level, moving as it did on the days and weeks before: for load at fine steps,
// where single windows are noisy and a day holds hundreds of them.
//
// For each of a few distances ahead one ridge regression, robust against outliers, of the
// log of the load relative to the local level, on
//   - that level over several spans, from the last window to an eighth of a day;
//   - how much the load rose from this time of day to that one on each of the last days,
//     as mean, median and for the latest day and the same weekday alone;
//   - how far the level stands from where it was on those days.
// Distances between are interpolated. Recent days weigh more.
class ProfileRegression final : public ForecastModel {
 public:
  // `day` is the season in steps, `days` (1 .. 7) how many of them are looked back on, and
  // `horizon` the most steps that will be asked for; see Fits.
  ProfileRegression(std::size_t day, std::size_t days, std::size_t horizon);

  // True where the model applies: at least 48 steps a day, a horizon within one day.
  static bool Fits(std::size_t day, std::size_t horizon);

  std::string_view name() const override { return "profile"; }
  std::size_t least_history() const override;
  [[nodiscard]] Result<std::unique_ptr<FittedModel>> Fit(const LoadSeries& history) const override;

 private:
  std::size_t day_;
  std::size_t days_;
  std::size_t horizon_;
};

}  // namespace loadcurve
