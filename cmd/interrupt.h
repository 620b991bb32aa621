#pragma once

#include <stop_token>

namespace loadcurve {

// Stops when the user asks for it, by Ctrl-C or SIGTERM. The first call takes over both
// signals for the process; commands that run long poll the token and end cleanly with
// ErrorCode::kCancelled. A second signal ends the process at once.
std::stop_token InterruptToken();

}  // namespace loadcurve
