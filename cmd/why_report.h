#pragma once

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "adapters/kube/scaling_causes.h"
#include "base/units.h"

namespace loadcurve {

// What is still known of an earlier time.
struct PastEvidence {
  TimePoint at{};
  bool is_decision_known = false;      // the decision of now was in force then
  std::vector<nlohmann::json> events;  // at that time or before, the latest last
  std::optional<MetricsQps> load{};    // of a window around it, from a history store
  TimePoint load_since{};              // when that window began
  Duration load_step{0};               // how long it is
  std::optional<Replicas> need{};      // what that load needs
  std::vector<std::string> unknown{};  // what is no longer known
};

// The events up to `at`, and whether the decision was that of now.
PastEvidence PastOf(const kube::ScalingEvidence& evidence, TimePoint at);

// One page for people.
std::string WhyText(const kube::ScalingEvidence& evidence, const std::optional<PastEvidence>& past);

nlohmann::ordered_json WhyJson(const kube::ScalingEvidence& evidence,
                               const std::optional<PastEvidence>& past);

}  // namespace loadcurve
