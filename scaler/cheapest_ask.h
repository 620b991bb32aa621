#pragma once

#include <span>

#include "base/units.h"
#include "scaler/cheapest_count.h"

namespace loadcurve {

// A step to come, for which replicas are asked now.
struct StepToServe {
  UpperLoad load;
  // What can be ready in it of what was asked for before: more cannot be had, less can.
  Replicas most;
  double steps = 1;  // that it stands for, where not each is looked at; > 0
};

// The count to ask for now that costs least over the steps until a replica ordered now is ready:
//
//   sum over the steps before the last of  steps (r + c P(load > r)),  r = min(count, most),
//   + count / 2 + 2 c P(load of the last step > count)
//
// with c the cost of a shortage. Only the last step can be given more than was asked for before; in
// all of them what is not asked for any longer is gone. So a count that is too high already is
// weighed over all steps that keep it, where CheapestCount for each of them, and the largest, would
// keep it for the sake of the most uncertain one.
//
// What is asked for the last step is asked for again at each step until then, by someone who knows
// more. So of the replicas ordered for it about half are taken back before they serve, which is
// why one costs half; and it is then too late for more, which is why a shortage costs double. Both
// numbers were found on the loads of two web sites and are not sharp.
//
// Of one step alone it is CheapestCount. `steps`: at least one, in order; `most` of the last one is
// not looked at. Never less than the last one's load at its lowest level needs.
Replicas CheapestAsk(std::span<const StepToServe> steps, const CountPrice& price);

}  // namespace loadcurve
