#pragma once

#include <string>
#include <vector>

#include "cmd/output.h"
#include "scaler/capacity/replay/spot_replay.h"

namespace loadcurve {

// What one policy came to.
struct PlanReplayRow {
  std::string policy;
  capacity::SpotMeasures measures;
  std::int64_t interruptions = 0;  // nodes
  std::int64_t orders = 0;         // nodes
};

struct PlanReplayOutcome {
  std::size_t pools = 0;
  std::size_t ticks = 0;
  Duration gap{0};
  std::vector<PlanReplayRow> policies;
  PlanReplayRow oracle;
};

PlanReplayRow RowOf(const capacity::SpotRun& run, Duration gap);

std::string RenderPlanReplay(const PlanReplayOutcome& outcome, OutputFormat format);

}  // namespace loadcurve
