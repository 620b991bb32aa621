#pragma once

#include <cstddef>
#include <optional>
#include <span>

#include "metrics/capacity/ramp_interval.h"

namespace loadcurve {

// The fewest intervals in which a rate can be called steady.
inline constexpr std::size_t kFewestSteady = 6;

// From which interval on a rate that is held was steady to its end: throughput, latency and CPU
// of the later half are what they were in the earlier one, as far as their scatter lets one say.
// The first such of which the means are nearly as sure as of any (White 1997: what is settling
// makes them less sure, cutting off what is steady too); absent where there is none with
// kFewestSteady left.
std::optional<std::size_t> SteadyFrom(std::span<const RampInterval> intervals);

// True where the mean of the later half is that of the earlier one: within 5 %, or within 2.5
// standard errors of their difference. Fewer than 4 values are not.
bool IsLevel(std::span<const double> values);

}  // namespace loadcurve
