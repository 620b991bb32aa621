#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace loadcurve::capacity {

// A rate of losses that is log-linear in features, exp(weights . x) a second, learnt from one
// observation after another: a Poisson regression with a Gaussian prior, whose posterior is kept as
// a Gaussian (the extended Kalman filter of a Poisson likelihood; see Fahrmeir, JASA 87, 1992).
// Nothing is fitted again, so an observation costs the square of the features.
class HazardRegression {
 public:
  // `means` and `deviations` of the prior, one a feature.
  HazardRegression(std::vector<double> means, std::span<const double> deviations);

  // Of `units` that stood for `seconds`, `lost` were lost at the end of it; 0 <= lost <= units.
  void Learn(std::span<const double> features, double units, double seconds, double lost);

  // Losses a unit and second.
  double Rate(std::span<const double> features) const;

  const std::vector<double>& weights() const { return weights_; }

 private:
  std::vector<double> weights_;
  std::vector<double> covariance_;  // row by row
  std::vector<double> gain_;        // of the last observation; kept so that nothing is allocated
};

}  // namespace loadcurve::capacity
