#pragma once

#include <string>
#include <vector>

#include "adapters/plot/chart.h"
#include "cmd/simulate_report.h"

namespace loadcurve {

// The busiest two days of the series, or all of it where it is shorter: for each run what was
// asked for and what was ready, and where it was short.
std::vector<plot::Chart> BusiestDays(const twin::Simulation& simulation,
                                     const std::vector<twin::PolicyRun>& runs);

// A page that stands alone: the trade-off of every policy, the busiest days and the table.
std::string SimulationPage(const SimulateOutcome& outcome, const std::vector<plot::Chart>& days);

}  // namespace loadcurve
