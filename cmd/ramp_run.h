#pragma once

#include <optional>
#include <stop_token>

#include "base/clock.h"
#include "cmd/ramp_events.h"
#include "cmd/ramp_meter.h"

namespace loadcurve {

// What a ramp is run with; all of it outlives the run.
struct RampDrive {
  replay::LoadGenerator& generator;
  RampMeter& meter;
  RampEvents& events;
  const Clock& clock;
  std::stop_token stop;
  Duration interval = std::chrono::seconds(1);
};

// Runs `ramp` to its end, or until it is stopped by hand; the generator sends no more then. What
// the ramp thinks is shown on stderr where that is a terminal.
void Drive(Ramp& ramp, const RampDrive& drive);

}  // namespace loadcurve
