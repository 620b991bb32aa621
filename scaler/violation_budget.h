#pragma once

#include <cstddef>

#include "base/units.h"

namespace loadcurve {

// Finds what a step short of capacity must cost so that a stated share of the steps is short: a
// feedback on what was foretold and what happened.
//
// Where a load's tail falls exponentially, by e over `tail` replicas, the count that costs least
// at a price c leaves a chance of tail / c to be short. So c = factor * usual tail / rate, where
// the usual tail is the geometric mean of a week, which an hour that counts with a burst moves
// little, and
//
//   factor  is how much more often steps were short than was foretold, over the last kMemory
//           violations that were asked for; both sides begin with kPrior, so that it starts
//           at 1 and a few events move it little;
//   rate    is the share that is asked for, raised by e^kGain for each violation that it is behind
//           what was asked for so far, and lowered for each that is too many.
//
// The first day is learnt from and not held against the budget.
class ViolationBudget {
 public:
  // `asked` in (0, 1): share of steps; `day` > 0: steps a day.
  ViolationBudget(Ratio asked, std::size_t day);

  // What a step short of capacity is to cost now, in replicas over one step, where the load's
  // tail is `tail` replicas. To be called once a step.
  double ShortageCost(double tail);

  // The chance that was left to be short in a step that follows.
  void Expect(double chance);
  // A step ended.
  void Judge(bool was_short);

  // Of the steps judged after the first day.
  double MeasuredShare() const;

 private:
  double asked_;
  std::size_t day_;
  std::size_t steps_ = 0;
  double log_tail_ = 0;  // mean logarithm
  double expected_ = 0;  // violations, older ones counting less
  double seen_ = 0;
  std::size_t judged_ = 0;
  double behind_ = 0;  // violations that are still allowed, older ones counting less
  std::size_t short_ = 0;
  std::size_t after_day_ = 0;
};

}  // namespace loadcurve
