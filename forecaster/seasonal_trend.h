#pragma once

#include <cstddef>
#include <vector>

#include "forecaster/forecast_model.h"

namespace loadcurve {

// The logarithm of the load taken apart into a level that moves slowly, the profile of the day,
// what each weekday adds to it, and a rest (a robust seasonal-trend decomposition: Cleveland et
// al., 1990, J. Official Statistics 6); and put together again for the hours to come.
//
// The profiles are means over all seasons on record, in which an outlier counts as at most three
// scales; what the week adds is drawn towards nothing while few weeks are known. Without its season
// the load is foretold by exponentially smoothed levels of three spans, about an hour, half a day
// and two of the longest season, the shorter ones damped by slopes that are fitted for each of a
// few distances ahead.
class SeasonalTrend final : public ForecastModel {
 public:
  struct Options {
    std::vector<std::size_t> seasons;  // in steps, rising, at least one
    std::size_t horizon = 1;           // the most steps that will be asked for
    // Steps after which what was seen counts half in the profiles; 0: all counts alike.
    std::size_t half_life = 0;
  };
  explicit SeasonalTrend(Options options);

  std::string_view name() const override { return "decomposition"; }
  // The longest season and the shortest once more.
  std::size_t least_history() const override {
    return options_.seasons.back() + options_.seasons.front();
  }
  [[nodiscard]] Result<std::unique_ptr<FittedModel>> Fit(const LoadSeries& history) const override;

 private:
  Options options_;
};

}  // namespace loadcurve
