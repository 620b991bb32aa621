#pragma once

#include <algorithm>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "scaler/label_requirement.h"

namespace loadcurve {

// What selectors know a pod by.
struct PodMarks {
  std::string namespace_name;
  std::map<std::string, std::string> labels;

  bool operator==(const PodMarks&) const = default;
};

// Pods that another one must be near to, or must keep away from: one term of required podAffinity
// or podAntiAffinity.
struct PodAffinityTerm {
  enum class Place { kNode, kZone };

  Place place = Place::kNode;              // the same node, or the same zone
  std::vector<LabelRequirement> selector;  // all are met by a pod that is meant
  std::vector<std::string> namespaces{};   // of pods that are meant; empty: any

  bool operator==(const PodAffinityTerm&) const = default;

  bool Selects(const PodMarks& pod) const {
    if (!namespaces.empty() &&
        std::ranges::find(namespaces, pod.namespace_name) == namespaces.end())
      return false;
    return std::ranges::all_of(selector, [&](const LabelRequirement& requirement) {
      const auto label = pod.labels.find(requirement.key);
      return IsMet(requirement, label == pod.labels.end() ? nullptr : &label->second);
    });
  }
};

// Labels that each node has (Kubernetes, "Well-Known Labels, Annotations and Taints").
inline constexpr std::string_view kHostLabel = "kubernetes.io/hostname";
inline constexpr std::string_view kZoneLabel = "topology.kubernetes.io/zone";

// Absent for another key than these two.
inline std::optional<PodAffinityTerm::Place> PlaceOf(std::string_view topology_key) {
  if (topology_key == kHostLabel) return PodAffinityTerm::Place::kNode;
  if (topology_key == kZoneLabel) return PodAffinityTerm::Place::kZone;
  return std::nullopt;
}

}  // namespace loadcurve
