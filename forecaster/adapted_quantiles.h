#pragma once

#include <cstddef>
#include <vector>

#include "forecaster/saved_state.h"

namespace loadcurve {

// Quantiles of errors that come one by one, of the last so many of them; and where errors fall
// below a quantile more or less often than it says, its level is moved until they do not
// (adaptive conformal inference: Gibbs and Candes, 2021), so that coverage holds after a change.
class AdaptedQuantiles {
 public:
  // `levels` in (0, 1), rising; `kept` > 0 errors.
  AdaptedQuantiles(std::vector<double> levels, std::size_t kept);

  void Add(double error);

  // At each level, rising. Of fewer than 50 errors those of a Laplace distribution of variance 1.
  std::vector<double> Quantiles() const;

  void Exchange(SavedState& state);

 private:
  double At(std::size_t index) const;

  std::vector<double> levels_;
  std::vector<double> moved_;  // the levels that are read off
  std::size_t kept_;
  std::size_t next_ = 0;
  std::vector<float> errors_;  // in a ring: the oldest at next_, once all are there
  std::vector<float> sorted_;
};

}  // namespace loadcurve
