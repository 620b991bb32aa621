#include "adapters/kube/status_fields.h"

#include <cmath>
#include <nlohmann/json.hpp>

#include "base/time_text.h"

namespace loadcurve::kube {

double Rounded(double value) {
  if (value == 0 || !std::isfinite(value)) return 0;
  const double scale = std::pow(10.0, 2 - std::floor(std::log10(std::abs(value))));
  return std::round(value * scale) / scale;
}

std::string WholeSeconds(TimePoint time) {
  return ToRfc3339(std::chrono::floor<std::chrono::seconds>(time));
}

TimePoint TimeAt(const nlohmann::json& object, JsonPath path) {
  return ParseTime(TextAt(object, path)).value_or(TimePoint());
}

}  // namespace loadcurve::kube
