#pragma once

#include <cstddef>
#include <deque>
#include <optional>

#include "forecaster/error_tail.h"

namespace loadcurve {

// Remembers the bursts of the last day: loads that for a few steps are a multiple of what came
// before, beyond all that was foretold, and gone as fast as they came. Where one
// was, another may follow, and nothing in the steps between tells when; the counterpart of
// OutageWatch.
class BurstWatch {
 public:
  // `remembered` > 0: steps after which a burst is forgotten.
  explicit BurstWatch(std::size_t remembered) : remembered_(remembered) {}

  // The log of the load of the next step, and of the highest that was foretold for it.
  void Observe(double log_load, double foretold);

  bool has_burst() const { return !bursts_.empty(); }

  // The chance that the step `ahead` (0: the very next) is one of a burst: n of m steps since the
  // first one that is remembered were, so n / (m + 1), which after a single one is the rule of
  // succession (Laplace, 1774) as an outage has it.
  double Chance(std::size_t ahead) const;

  // What the log of the load is in a burst, at kTailLevels: the usual one, and as much more as in
  // those that are remembered; beyond the highest the chance falls exponentially.
  TailQuantiles Loads() const;

 private:
  struct Burst {
    std::size_t at = 0;  // step
    double height = 0;   // log of its load over the usual one
  };

  std::size_t remembered_;
  std::size_t now_ = 0;
  std::deque<double> last_;  // logs of the last steps
  double usual_ = 0;         // their median before the last
  std::deque<Burst> bursts_;
};

}  // namespace loadcurve
