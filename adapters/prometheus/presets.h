#pragma once

#include <span>
#include <string>
#include <string_view>

#include "adapters/prometheus/request_metric.h"
#include "base/result.h"

namespace loadcurve::prometheus {

// A naming scheme that many clusters have; docs/prometheus.md shows what each one asks.
struct Preset {
  std::string name;   // "istio"
  std::string title;  // "Istio, sidecar of the destination"
  RequestMetric metric;
  // What has to be switched on or known; one sentence, for people.
  std::string note;
};

// In the order of the docs.
std::span<const Preset> Presets();

// kInvalidArgument names the presets there are.
[[nodiscard]] Result<Preset> PresetNamed(std::string_view name);

}  // namespace loadcurve::prometheus
