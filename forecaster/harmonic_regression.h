#pragma once

#include <Eigen/Core>
#include <cstddef>
#include <vector>

#include "forecaster/forecast_model.h"

namespace loadcurve {

// The logarithm of the load as a mean, waves of the day and of each longer season, and a rest that
// remembers its own last steps (dynamic harmonic regression: Young et al., 1999, J. Forecasting
// 18). What is foretold goes from where the load stands to where the waves have it, in its own
// time.
//
// Waves are fitted by least squares to the mean at each place of a season, in which older seasons
// fade, first of the shortest, then of what that leaves; the rest by Burg's recursion, so that it
// never runs away. One after the other is as good in the long run as both at once (Grenander, 1954,
// Annals Math. Stat. 25).
//
// The path is kept within a fifth beyond what was ever measured.
class HarmonicRegression final : public ForecastModel {
 public:
  // `seasons` in steps, rising, at least one.
  explicit HarmonicRegression(std::vector<std::size_t> seasons);

  std::string_view name() const override { return "harmonic"; }
  // The longest season and the shortest once more.
  std::size_t least_history() const override { return seasons_.back() + seasons_.front(); }
  [[nodiscard]] Result<std::unique_ptr<FittedModel>> Fit(const LoadSeries& history) const override;

 private:
  std::vector<std::size_t> seasons_;
  std::vector<Eigen::MatrixXd> waves_;  // by season: one a column, by place
};

}  // namespace loadcurve
