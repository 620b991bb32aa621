#pragma once

#include <string>

#include "base/clock.h"
#include "cmd/node_fleet.h"
#include "scaler/capacity/fleet/fleet.h"

namespace loadcurve {

// What a person should know of a fleet: its counts, money and risk, and what holds it up.
FleetReport ReportOf(const capacity::Fleet& fleet, const FleetOrder& order, const Clock& clock);

// "spot-a no. 5: 7 of 10 nodes (InsufficientCapacity ...); 0.03 USD a core-hour; ...". Without a
// `reason` (null) what came of it alone: another process began it.
std::string TextOf(const capacity::RecordedOrder& order, const capacity::OrderReason* reason);

}  // namespace loadcurve
