#include "scaler/capacity/spot/hazard_regression.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace loadcurve::capacity {

HazardRegression::HazardRegression(std::vector<double> means, std::span<const double> deviations)
    : weights_(std::move(means)),
      covariance_(weights_.size() * weights_.size(), 0),
      gain_(weights_.size(), 0) {
  for (std::size_t i = 0; i < weights_.size(); ++i)
    covariance_[i * weights_.size() + i] = deviations[i] * deviations[i];
}

double HazardRegression::Rate(std::span<const double> features) const {
  double sum = 0;
  for (std::size_t i = 0; i < weights_.size(); ++i) sum += weights_[i] * features[i];
  // Between once in fifteen years and once a second.
  return std::exp(std::clamp(sum, -20.0, 0.0));
}

void HazardRegression::Learn(std::span<const double> features, double units, double seconds,
                             double lost) {
  const std::size_t size = weights_.size();
  const double expected = units * -std::expm1(-Rate(features) * seconds);
  double spread = 0;
  for (std::size_t i = 0; i < size; ++i) {
    gain_[i] = 0;
    for (std::size_t j = 0; j < size; ++j) gain_[i] += covariance_[i * size + j] * features[j];
    spread += gain_[i] * features[i];
  }
  const double scale = 1 / (1 + expected * spread);
  for (std::size_t i = 0; i < size; ++i) {
    for (std::size_t j = 0; j < size; ++j)
      covariance_[i * size + j] -= expected * scale * gain_[i] * gain_[j];
    weights_[i] += scale * (lost - expected) * gain_[i];
  }
}

}  // namespace loadcurve::capacity
