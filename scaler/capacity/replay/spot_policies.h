#pragma once

#include <memory>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "scaler/capacity/replay/spot_market.h"
#include "scaler/capacity/replay/spot_policy.h"

namespace loadcurve::capacity {

// All names, ours first.
std::vector<std::string_view> SpotPolicyNames();

// "all", or names separated by commas. An unknown name is kInvalidArgument, which lists the known
// ones.
[[nodiscard]] Result<std::vector<std::unique_ptr<SpotPolicy>>> MakeSpotPolicies(
    std::string_view names, const SpotMarket& market);

}  // namespace loadcurve::capacity
