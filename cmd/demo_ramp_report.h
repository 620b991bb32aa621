#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "adapters/plot/terminal_plot.h"
#include "cmd/demo_run.h"
#include "cmd/ramp_report.h"

namespace loadcurve {

// The ramp as `replay --ramp` tells it. `ramp` has a result, and outlives the report.
RampReport ReportOf(const DemoRamp& ramp);

// For people: what one replica carries, latency against load, and whether the recording agrees.
std::string RampText(const DemoOutcome& outcome, const plot::TerminalOptions& terminal);

// {"counts", "doubt", "result", "requests_per_second", "cpu": {"recording", "ramp", "change",
// "ratio", "low", "high"}}, as docs/demo.md describes it.
nlohmann::json RampJson(const DemoOutcome& outcome);

}  // namespace loadcurve
