#pragma once

#include "base/result.h"
#include "scaler/capacity/plan/capacity_plan.h"
#include "scaler/capacity/plan/linear_program.h"
#include "scaler/capacity/plan/plan_inputs.h"
#include "scaler/capacity/plan/plan_terms.h"

namespace loadcurve::capacity {

// The cheapest nodes that keep to the terms, see PlanProgram; then packed, and mended with a node
// where pods do not fit together as sums of cores and bytes say. By rounding, in milliseconds; with
// an effort the search goes on from there, and what was rounded stands where it finds nothing.
//
// Terms out of their range, two offers of one pool, and held nodes of a pool that no offer tells of
// are kInvalidArgument.
[[nodiscard]] Result<CapacityPlan> PlanCapacity(const PlanInputs& inputs, const PlanTerms& terms,
                                                const SolverEffort& effort = {});

// The plan without spot, at the same level: what all-on-demand would cost, beside what is reserved.
[[nodiscard]] Result<CapacityPlan> PlanOnDemand(const PlanInputs& inputs, PlanTerms terms);

}  // namespace loadcurve::capacity
