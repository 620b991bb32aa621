#include "forecaster/error_unit.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

namespace loadcurve {
namespace {

// Powers are quarters, from none to four.
constexpr std::size_t kPowers = 5;
// Predicted loads below this share of the mean are taken for it: a share of nothing says
// nothing.
constexpr double kFloorShare = 0.02;
// A season has so many parts, of the day its hours.
constexpr std::size_t kMostParts = 24;
// Errors of the mean size that each part has, to begin with.
constexpr double kPriorErrors = 50;

// `load` to the power of 0, 1/4, 1/2, 3/4 and 1.
std::array<double, kPowers> PowersOf(double load) {
  const double half = std::sqrt(load);
  const double quarter = std::sqrt(half);
  return {1, quarter, half, half * quarter, load};
}

double FloorOf(std::span<const RollingOrigin> origins) {
  double sum = 0;
  double count = 0;
  for (const RollingOrigin& origin : origins) {
    for (const double load : origin.predicted) sum += load;
    count += static_cast<double>(origin.predicted.size());
  }
  return sum > 0 ? kFloorShare * sum / count : 1;
}

// The power under which errors that follow a Laplace distribution are likeliest: least
// mean of log(scale), plus log of the mean of |error| / scale.
std::size_t LikeliestPower(std::span<const RollingOrigin> origins, double floor) {
  double log_load = 0;
  std::array<double, kPowers> sizes{};
  double count = 0;
  for (const RollingOrigin& origin : origins) {
    for (std::size_t i = 0; i < origin.actual.size(); ++i) {
      if (std::isnan(origin.actual[i])) continue;
      const double load = std::max(origin.predicted[i], floor);
      const double size = std::abs(origin.actual[i] - origin.predicted[i]);
      const auto scales = PowersOf(load);
      for (std::size_t power = 0; power < kPowers; ++power) sizes[power] += size / scales[power];
      log_load += std::log(load);
      ++count;
    }
  }
  double best = std::numeric_limits<double>::infinity();
  std::size_t likeliest = 0;
  for (std::size_t power = 0; power < kPowers; ++power) {
    const double log_scale = static_cast<double>(power) / (kPowers - 1) * log_load;
    const double cost = log_scale / count + std::log(std::max(sizes[power] / count, 1e-300));
    if (cost < best) {
      best = cost;
      likeliest = power;
    }
  }
  return likeliest;
}

}  // namespace

ErrorUnit::ErrorUnit(std::span<const RollingOrigin> origins, std::size_t season)
    : floor_(FloorOf(origins)), season_(season) {
  quarters_ = LikeliestPower(origins, floor_);
  if (season_ > 1) LearnParts(origins);
}

double ErrorUnit::At(double predicted, std::size_t index) const {
  const double scale = PowersOf(std::max(predicted, floor_))[quarters_];
  return by_place_.empty() ? scale : scale * by_place_[index % season_];
}

void ErrorUnit::LearnParts(std::span<const RollingOrigin> origins) {
  const std::size_t parts = std::min(season_, kMostParts);
  std::vector<double> sums(parts, 0);
  std::vector<double> counts(parts, 0);
  double sum = 0;
  double count = 0;
  for (const RollingOrigin& origin : origins) {
    for (std::size_t ahead = 0; ahead < origin.actual.size(); ++ahead) {
      const double size = std::abs(ErrorOf(origin, ahead));
      if (std::isnan(size)) continue;
      const std::size_t part = (origin.first + ahead) % season_ * parts / season_;
      sums[part] += size;
      ++counts[part];
      sum += size;
      ++count;
    }
  }
  if (!(sum > 0)) return;
  const double mean = sum / count;
  for (std::size_t place = 0; place < season_; ++place) {
    const std::size_t part = place * parts / season_;
    by_place_.push_back((sums[part] / mean + kPriorErrors) / (counts[part] + kPriorErrors));
  }
}

}  // namespace loadcurve
