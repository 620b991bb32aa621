#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "scaler/capacity/replay/spot_policy.h"

namespace loadcurve::capacity {

// Fills pools in this order up to their stock; what did not fit is returned.
std::int64_t FillInOrder(const SpotMoment& moment, std::span<const std::size_t> order,
                         std::int64_t nodes, std::vector<std::int64_t>& spot);

// Keeps what is held, at most `nodes` of it, and returns how many more are to be placed.
std::int64_t KeepHeld(const SpotMoment& moment, std::span<const std::size_t> order,
                      std::int64_t nodes, std::vector<std::int64_t>& spot);

// The cheapest pools first; of those that cost the same, where most is held, then as they are
// named.
std::vector<std::size_t> CheapestThenFullest(const SpotMoment& moment);

// Shares of `nodes` as whole numbers, by the largest remainders, none beyond its stock. What the
// stock does not bear goes to the others, by their shares; what none bears is returned.
std::int64_t FillByShares(const SpotMoment& moment, std::span<const double> shares,
                          std::int64_t nodes, std::vector<std::int64_t>& spot);

}  // namespace loadcurve::capacity
