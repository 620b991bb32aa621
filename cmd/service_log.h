#pragma once

namespace loadcurve {

// What is logged goes to standard error from now on, a line each, with its time in UTC. Once a
// process.
void LogToStderr();

}  // namespace loadcurve
