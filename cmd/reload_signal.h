#pragma once

#include <cstdint>

namespace loadcurve {

// How many SIGHUPs came since the first call, which takes the signal over for the process: call
// it before any thread begins. Commands that never call it die of the signal, as usual.
std::uint64_t ReloadRequests();

}  // namespace loadcurve
