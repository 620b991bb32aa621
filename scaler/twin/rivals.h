#pragma once

#include <memory>
#include <vector>

#include "scaler/twin/policy.h"

namespace loadcurve::twin {

// The decision rules of others, re-implemented from their documented behaviour; each
// under at least 15 settings of its knob, from dear to cheap. docs/simulate.md says what each does
// and where a simulation of one load must simplify.

std::unique_ptr<PolicyFamily> HpaOnCpu(const FamilyInputs& inputs);
std::unique_ptr<PolicyFamily> HpaOnQps(const FamilyInputs& inputs);
std::unique_ptr<PolicyFamily> HpaOnMetricsQps(const FamilyInputs& inputs);
std::unique_ptr<PolicyFamily> KedaCron(const FamilyInputs& inputs);
std::unique_ptr<PolicyFamily> CraneEhpa(const FamilyInputs& inputs);
std::unique_ptr<PolicyFamily> AhpaStyle(const FamilyInputs& inputs);
std::unique_ptr<PolicyFamily> AwsPredictive(const FamilyInputs& inputs);
std::unique_ptr<PolicyFamily> Phpa(const FamilyInputs& inputs);
std::unique_ptr<PolicyFamily> CudgxKeeper(const FamilyInputs& inputs);
std::unique_ptr<PolicyFamily> VolatilityQuantile(const FamilyInputs& inputs);
// Sized once for a share of the highest load of the whole series, which nobody knows beforehand.
std::unique_ptr<PolicyFamily> StaticPeak(const FamilyInputs& inputs);

}  // namespace loadcurve::twin
