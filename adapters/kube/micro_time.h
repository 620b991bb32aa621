#pragma once

#include <string>

#include "base/units.h"

namespace loadcurve::kube {

// A metav1.MicroTime, which has six decimals, no fewer: "2026-10-10T13:55:36.250000Z".
std::string ToMicroTime(TimePoint time);

}  // namespace loadcurve::kube
