#pragma once

#include <span>
#include <vector>

#include "forecaster/error_tail.h"

namespace loadcurve {

// An error in units of its scale, and how large that scale was.
struct SizedError {
  double error = 0;
  double size = 0;  // the logarithm of the scale in units of load
};

// How errors of scale 1 are distributed, where those that cost much have another tail than those
// that cost little: a busy hour has its bursts, a quiet night the grain of few requests, and one
// distribution of both is right for neither.
//
// Tails are read off three overlapping parts of the errors by size, five twelfths of them each, the
// lower, the middle and the upper one; between the sizes in the middle of these parts, quantiles
// lie on straight lines. All have the median of all errors: an outage, whose errors are large and
// below what was expected, shall not lower the middle. Of few errors there is one tail.
class TailsBySize {
 public:
  explicit TailsBySize(std::span<const SizedError> errors);

  // At kTailLevels, rising.
  TailQuantiles At(double size) const;

 private:
  struct Tail {
    double size = 0;
    TailQuantiles quantiles{};
  };
  std::vector<Tail> tails_;  // by size
};

}  // namespace loadcurve
