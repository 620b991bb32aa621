#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "adapters/plot/terminal_plot.h"
#include "cmd/demo_run.h"

namespace loadcurve {

// What a run of the demo found, for people: plots, tables, and the commands that repeat
// each step by hand.
std::string DemoText(const DemoOptions& options, const DemoOutcome& outcome,
                     const plot::TerminalOptions& terminal);

// The same as numbers, as docs/demo.md describes it.
nlohmann::json DemoJson(const DemoOptions& options, const DemoOutcome& outcome);

// The plots as pictures that stand alone.
struct DemoPictures {
  std::string load;      // SVG
  std::string forecast;  // SVG
};
DemoPictures PicturesOf(const DemoOutcome& outcome);

}  // namespace loadcurve
