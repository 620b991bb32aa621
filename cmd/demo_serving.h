#pragma once

#include "cmd/demo_run.h"

namespace loadcurve {

// Goes on where the demo ended, until its stop is requested: starts the service again, drives
// it through one short day after the other, and serves what 'loadcurve serve' makes of its
// log and the profile that the demo wrote. Returns nothing once it was asked to stop; the
// service is gone then. Whatever keeps the service or the server from starting is returned.
[[nodiscard]] Result<void> ServeDemo(const DemoOptions& options, const Clock& clock);

}  // namespace loadcurve
