#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "adapters/kube/json_fields.h"
#include "base/units.h"

namespace loadcurve::kube {

// How numbers and times stand in a status.

// Three significant digits: 1234.56 -> 1230. 0 where it is not finite.
double Rounded(double value);

// RFC 3339, without fractions.
std::string WholeSeconds(TimePoint time);

// TimePoint() where there is none.
TimePoint TimeAt(const nlohmann::json& object, JsonPath path);

}  // namespace loadcurve::kube
