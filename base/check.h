#pragma once

#include <source_location>
#include <string_view>

namespace loadcurve {

// Stops the process, in every build, when an invariant of ours is broken. `why`
// says why it must hold. Never for input, never for the outside world: those are
// a Result.
void Check(bool condition, std::string_view why,
           std::source_location where = std::source_location::current());

}  // namespace loadcurve
