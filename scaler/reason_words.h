#pragma once

#include <string>

#include "base/units.h"

namespace loadcurve {

// Numbers as a reason tells them: "141.2", "1 replica", "3 replicas".
std::string Short(double number);
std::string CountText(Replicas replicas);
// "2026-03-01T12:00:00Z to 2026-03-01T12:01:00Z".
std::string Span(TimePoint from, TimePoint until);

}  // namespace loadcurve
