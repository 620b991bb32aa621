#pragma once

#include <map>
#include <string>
#include <vector>

#include "adapters/keda/metric_values.h"
#include "base/result.h"

namespace loadcurve::keda {

// What a trigger of a ScaledObject asks for.
struct Trigger {
  MetricRequest request;
  double target = 1;  // the value that one replica is to have, > 0

  bool operator==(const Trigger&) const = default;
};

// Who asks, and all that stands under the trigger's `metadata`; KEDA's own entries
// (scalerAddress, enableTLS ...) are among it.
struct TriggerText {
  std::string name;            // of the ScaledObject
  std::string namespace_name;  // of the ScaledObject, and so of the profile
  std::map<std::string, std::string> metadata{};
};

// Reads `scalingprofile` (default: the ScaledObject's name), `metric` (default: the first of
// `metrics`, the count of replicas, whose target is 1) and `target` (of any other metric).
// kInvalidArgument names the entry, the value found and what was expected.
[[nodiscard]] Result<Trigger> TriggerOf(const TriggerText& text,
                                        const std::vector<std::string>& metrics);

}  // namespace loadcurve::keda
