#include "cmd/plan_replay.h"

#include <CLI/CLI.hpp>

namespace loadcurve {

void PlanReplay::AddTo(CLI::App& command) {
  command
      .add_option("--replay", traces_,
                  "Spot traces, one pool a file: JSON as "
                  "{\"metadata\":{\"gap_seconds\":195},\"data\":[0,1,...]}, plain or compressed")
      ->option_text("TRACE...");
}

Result<void> PlanReplay::Run(const PlanOptions&) const {
  return Fail(ErrorCode::kUnavailable, "--replay: no policy is there to be replayed");
}

}  // namespace loadcurve
