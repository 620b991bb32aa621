#pragma once

#include "base/units.h"

namespace loadcurve {

// Requests that wait for one of `slots` workers, threads or connections, each of which is held
// for a time: the queue M/M/c.

// The share of requests that must wait where `busy` slots are held in the mean (Erlang 1917, the
// C formula). 1 where `busy` is not below `slots`. `slots` >= 1, `busy` >= 0.
double ErlangC(double slots, double busy);

struct SlotQueue {
  double slots = 1;         // >= 1; what is beyond a whole number is left out
  double held_seconds = 0;  // a request's time in its slot, > 0
};

// The highest rate a second at which no larger share than `allowed_late` of the requests takes
// longer than `target_seconds`: the wait of those that wait is exponential, with the rate
// slots / held - rate. 0 where the time in the slot alone is longer than the target.
double RateWithin(const SlotQueue& queue, double target_seconds, Ratio allowed_late);

}  // namespace loadcurve
