#include "forecaster/error_model.h"

#include <algorithm>
#include <cmath>

namespace loadcurve {
namespace {

// A load beyond these multiples of the mean one counts as so high.
constexpr double kLeastLoad = 0.01;
constexpr double kMostLoad = 100;

}  // namespace

ErrorModel::ErrorModel(Options options)
    : options_(options),
      scale_(options.day),
      rate_(1 / static_cast<double>(options.day * options.window)) {}

double ErrorModel::UnitOf(double relative_load) const {
  return std::pow(std::clamp(relative_load, kLeastLoad, kMostLoad), -options_.power);
}

void ErrorModel::Add(double error, double scale, double relative_load, double load) {
  const double unit = UnitOf(relative_load);
  scale_.Add(error / unit, scale / unit);
  errors_.push_back({error / scale, std::log(load * scale)});
  if (errors_.size() > options_.window * options_.day) errors_.pop_front();
  const double weight = std::max(rate_, 1 / ++count_);
  log_scale_ += weight * (std::log(scale) - log_scale_);
  size_ += weight * (std::abs(error) / scale - size_);
}

double ErrorModel::At(std::size_t origin, double relative_load, const ErrorModel& one_ahead) const {
  return UnitOf(relative_load) * scale_.At(origin, one_ahead.scale_);
}

double ErrorModel::Misfit() const {
  return log_scale_ + std::log(std::max(size_, 1e-12));
}

TailsBySize ErrorModel::Tails() const {
  const std::vector<SizedError> errors(errors_.begin(), errors_.end());
  return TailsBySize(errors);
}

}  // namespace loadcurve
