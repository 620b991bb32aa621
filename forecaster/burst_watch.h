#pragma once

#include <cstddef>
#include <deque>
#include <optional>

#include "forecaster/error_tail.h"

namespace loadcurve {

// Remembers the bursts of the last hour: loads that for a few steps are a multiple of what came
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

  // The chance that a burst begins by the step `ahead` (0: the very next) as it would at any other:
  // n began in the m steps from the first that is remembered on, so n / (m + 1); while there was
  // one, that is the rule of succession (Laplace, 1774) for what came since.
  double Chance(std::size_t ahead) const;

  // The log of the highest load of a burst, at kTailLevels: as it was in those that are remembered;
  // beyond the highest of all the chance falls exponentially, and ends at 1.5 times it. There is
  // one.
  TailQuantiles Loads() const;

 private:
  struct Burst {
    std::size_t at = 0;    // its first step
    std::size_t last = 0;  // and its last one
    double log_load = 0;   // the highest
  };

  std::size_t remembered_;
  std::size_t now_ = 0;
  std::deque<double> last_;  // logs of the loads of the last steps
  std::deque<Burst> bursts_;
};

}  // namespace loadcurve
