#pragma once

#include <string>
#include <vector>

#include "adapters/plot/chart.h"
#include "cmd/plan_replay_report.h"
#include "scaler/capacity/replay/spot_replay.h"

namespace loadcurve {

// The two days in which the runs, at least one, were short most together: for each run what was
// demanded, the spot and on-demand nodes that were paid for, and where it was short.
std::vector<plot::Chart> HardestDays(const std::vector<capacity::SpotRun>& runs, Duration gap);

// A page that stands alone: those days and the table.
std::string PlanReplayPage(const PlanReplayOutcome& outcome, const std::vector<plot::Chart>& days);

}  // namespace loadcurve
