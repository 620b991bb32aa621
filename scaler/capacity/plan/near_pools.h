#pragma once

#include <cstddef>
#include <vector>

#include "scaler/capacity/plan/capacity_plan.h"
#include "scaler/capacity/plan/plan_inputs.h"
#include "scaler/capacity/plan/plan_program.h"

namespace loadcurve::capacity {

// The pools that a plan may come to use, by their places in the offers, rising: those that the
// relaxed program uses or nearly does, those with nodes, and for each group and zone the cheapest
// few that its pods may stand on. All, where there are not many.
std::vector<std::size_t> NearPools(const PlanInputs& inputs, const PlanProgram& program,
                                   const LinearSolution& relaxed);

}  // namespace loadcurve::capacity
