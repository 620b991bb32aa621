#pragma once

#include <cstddef>
#include <deque>

#include "forecaster/error_tail.h"
#include "forecaster/saved_state.h"

namespace loadcurve {

// Notices that a load broke down within a few steps, as no daily course does, and remembers what
// it was: an outage, of the service, of what stands before it, or of the measurement. Such a load
// comes back from one step to the next, to about where it was, and nothing in the last minutes
// tells when. What has stayed lower may break down anew, from there.
class OutageWatch {
 public:
  // Within which a load breaks down.
  static constexpr std::size_t kFallingSteps = 5;

  struct Options {
    std::size_t longest = 1440;  // > 0: steps after which the low load is the usual one
    // Below this share of the level kFallingSteps ago a load has broken down.
    double down_share = 0.4;
    // Of lower levels nothing is said: they fall by chance.
    double least_level = 0;
  };
  explicit OutageWatch(const Options& options) : options_(options) {}

  // The level of the load now, and the mean of its last two steps; both > 0. Once a step.
  void Observe(double level, double last_two);

  bool is_out() const { return before_ > 0; }
  // The level that broke down; 0 while none did.
  double level_before() const { return before_; }

  // The chance that the load is back by the step `ahead` (0: the very next): of outages that have
  // lasted n steps, that share ends within the next k by the rule of succession (Laplace, 1774)
  // where nothing is known of their lengths, k / (n + k + 1).
  double ReturnChance(std::size_t ahead) const;

  void Exchange(SavedState& state) { state.Exchange(levels_, before_, steps_); }

 private:
  // What broke down has found a level of its own.
  bool IsSettledLower() const;

  Options options_;
  std::deque<double> levels_;
  double before_ = 0;
  std::size_t steps_ = 0;  // that it has lasted
};

// What two loads would be, of which the second is meant with probability `chance`. Both are given
// by logarithms at kTailLevels, as is the result.
TailQuantiles EitherOf(const TailQuantiles& first, const TailQuantiles& second, double chance);

}  // namespace loadcurve
