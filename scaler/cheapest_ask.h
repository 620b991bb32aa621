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
//   sum over the steps of  steps (share r + c P(load > r)),  r = min(count, most)
//
// with c the cost of a shortage; r is the count itself in the last step, which alone can be given
// more than was asked for before. In all of them what is not asked for any longer is gone. So a
// count that is too high already is weighed over all steps that keep it, where CheapestCount for
// each of them, and the largest, would keep it for the sake of the most uncertain one.
//
// `share` is what of a replica's price counts: 1 in the first step, 0.6 in those between, 0.35 in
// the last. What is asked for a later step is asked for again at each step until then, by someone
// who knows more: a replica too many is often taken back before it serves, one too few cannot be
// added. The numbers were found on the loads of two web sites, and are not sharp; smaller ones
// leave fewer ready replicas idle, but more of them start in vain.
//
// Of one step alone it is CheapestCount. `steps`: at least one, in order; `most` and `steps` of the
// last one are not looked at. Never less than the last one's load at its lowest level needs.
Replicas CheapestAsk(std::span<const StepToServe> steps, const CountPrice& price);

}  // namespace loadcurve
