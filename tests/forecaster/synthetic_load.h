#pragma once

#include <cmath>
#include <cstdint>
#include <functional>
#include <numbers>
#include <random>
#include <vector>

#include "metrics/load_series.h"

namespace loadcurve {

// A series from a rule; NaN where it is missing.
inline LoadSeries SeriesOf(std::size_t size, Duration step,
                           const std::function<double(std::size_t)>& load) {
  std::vector<double> values(size);
  for (std::size_t i = 0; i < size; ++i) values[i] = load(i);
  return LoadSeries::Make(TimePoint(), step, values, "cudgx").value();
}

// The place of `i` in its season.
inline double Phase(std::size_t i, std::size_t season) {
  return static_cast<double>(i % season);
}

// Between -1 and 1, once up and down a season.
inline double Wave(std::size_t i, std::size_t season) {
  return std::sin(2 * std::numbers::pi * Phase(i, season) / static_cast<double>(season));
}

// 100 + an AR(1) with coefficient 0.7 and standard normal noise.
inline std::vector<double> AutoregressiveLoad(std::size_t size, std::uint64_t seed) {
  std::mt19937_64 random(seed);
  std::normal_distribution<double> noise;
  std::vector<double> values(size);
  double state = 0;
  for (double& value : values) {
    state = 0.7 * state + noise(random);
    value = 100 + state;
  }
  return values;
}

}  // namespace loadcurve
