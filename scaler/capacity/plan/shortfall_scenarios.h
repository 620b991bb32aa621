#pragma once

#include <cstddef>
#include <vector>

#include "scaler/capacity/plan/plan_inputs.h"
#include "scaler/capacity/plan/pod_classes.h"

namespace loadcurve::capacity {

// What may come together: pods asked for, and nodes lost. All scenarios are equally likely.
struct ShortfallScenarios {
  std::vector<std::vector<ResourceAmounts>> asked;  // [scenario][class]
  std::vector<std::vector<double>> alive;           // [scenario][offer]: share that is left

  std::size_t size() const { return asked.size(); }
};

// Each scenario of losses meets another quantile of demand: all groups together ask for much or for
// little, which is the worse case for a plan. Without losses there are kDemandScenarios.
ShortfallScenarios ScenariosOf(const PlanInputs& inputs, const std::vector<PodClass>& classes);

inline constexpr std::size_t kDemandScenarios = 100;

// Amounts as one number, so that classes can be added up: cores, or GiB by four where those are
// more.
double SizeOf(const ResourceAmounts& amounts);

}  // namespace loadcurve::capacity
