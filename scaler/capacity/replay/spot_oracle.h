#pragma once

#include <memory>

#include "scaler/capacity/replay/spot_market.h"
#include "scaler/capacity/replay/spot_policy.h"

namespace loadcurve::capacity {

// Knows all that is to come: orders each replacement one boot before it is needed, in the pool that
// stays longest, and on demand where no spot node would be worth its boot. It lends the market.
std::unique_ptr<SpotPolicy> MakeSpotOracle(const SpotMarket& market);

}  // namespace loadcurve::capacity
