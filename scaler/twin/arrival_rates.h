#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "base/units.h"

namespace loadcurve::twin {

// How requests arrive within a step.
struct Arrivals {
  // The coefficient of variation of the rate of a moment; 0: the same rate throughout the step. In
  // [0, 3].
  double burstiness = 0;
};

// The rate of each moment of each step, as a multiple of the step's mean rate, from the seed alone:
// independent draws of a gamma distribution, of which those of a step are then brought to a mean
// of 1, so that the load of a step is what was measured. Given the rate, requests come
// independently of one another (a doubly stochastic Poisson process).
class ArrivalRates {
 public:
  // A moment is the step cut into as many equal parts as there are whole kMoment in it, at least
  // one.
  ArrivalRates(const Arrivals& arrivals, Duration step, std::uint64_t seed);

  static constexpr Duration kMoment = std::chrono::seconds(5);

  std::size_t moments() const { return moments_; }
  Duration moment() const { return moment_; }
  // The rates of the first `steps` steps, moment by moment; those of fewer steps begin alike.
  std::vector<double> Of(std::size_t steps) const;

 private:
  Arrivals arrivals_;
  std::uint64_t seed_;
  std::size_t moments_;
  Duration moment_;
};

}  // namespace loadcurve::twin
