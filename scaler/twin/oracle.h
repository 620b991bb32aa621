#pragma once

#include <span>
#include <vector>

#include "base/units.h"

namespace loadcurve::twin {

// The count to ask for at each step by someone who knows every load beforehand and whose replicas
// start as slowly as anyone's: the highest need of this step and of the `startup_steps` after it.
// No rule that never runs short, and orders at the beginning of steps, has fewer ready.
std::vector<Replicas> OracleCounts(std::span<const double> demand, std::size_t startup_steps);

}  // namespace loadcurve::twin
