#pragma once

#include <functional>
#include <string>

#include "base/result.h"

namespace loadcurve::keda {

// Which value of which profile is asked for.
struct MetricRequest {
  std::string namespace_name;
  std::string profile;
  std::string metric;

  bool operator==(const MetricRequest&) const = default;
};

// SEAM. The latest value, finite and >= 0, from memory, within microseconds; called by many
// threads at once. Errors, each with its cause and remedy:
//   kNotFound          there is no such profile
//   kInsufficientData  it was never measured, or is too old, and by how much
using ReadMetric = std::function<Result<double>(const MetricRequest&)>;

}  // namespace loadcurve::keda
