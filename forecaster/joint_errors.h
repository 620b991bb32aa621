#pragma once

#include <cstddef>
#include <functional>
#include <span>
#include <vector>

#include "forecaster/saved_state.h"

namespace loadcurve {

// Whole courses of errors, step by step over a horizon, of the last moments that were foretold: how
// errors of neighbouring steps go together, which their quantiles one by one do not tell. Laid over
// a forecast they are as many paths that the load may take.
class JointErrors {
 public:
  // `horizon` > 0 steps, of the last `kept` > 0 moments.
  JointErrors(std::size_t horizon, std::size_t kept) : horizon_(horizon), kept_(kept) {}

  // One error a step; NaN where none is known.
  void Add(std::span<const float> course);

  std::size_t size() const { return errors_.size() / horizon_; }

  // Which steps, the first and one past the last: first < last <= horizon.
  struct Interval {
    std::size_t first = 0;
    std::size_t last = 1;
  };
  // The quantiles at each of `levels` (rising) of the largest load within the interval, where an
  // error at a step makes the load that `load` says; rising. Empty without a course in which all
  // errors of the interval are known.
  std::vector<double> QuantilesOfMaximum(
      std::span<const double> levels, Interval interval,
      const std::function<double(std::size_t step, double error)>& load) const;

  void Exchange(SavedState& state);

 private:
  std::size_t horizon_;
  std::size_t kept_;
  std::size_t next_ = 0;       // the course to be overwritten, once all are there
  std::vector<float> errors_;  // course by course
};

}  // namespace loadcurve
