#pragma once

#include <string>

#include "cmd/output.h"

namespace loadcurve {

// What both ways of `plan` are told alike.
struct PlanOptions {
  std::string demand;  // a CSV file; empty: as the way has it
  std::string plot;    // FILE.svg; empty: none
  std::string html;    // FILE.html; empty: none
  OutputFormat output = OutputFormat::kTable;
};

}  // namespace loadcurve
