#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "scaler/twin/policy.h"

namespace loadcurve::twin {

// All names, ours first.
std::vector<std::string_view> FamilyNames();

// "all", or names separated by commas; each is made for `inputs`, which outlive it. An unknown
// name is kInvalidArgument, which lists the known ones.
[[nodiscard]] Result<std::vector<std::unique_ptr<PolicyFamily>>> MakeFamilies(
    std::string_view names, const FamilyInputs& inputs);

}  // namespace loadcurve::twin
