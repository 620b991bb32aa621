#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "base/result.h"
#include "base/units.h"
#include "scaler/scaling_profile.h"

namespace loadcurve::kube {

// The objects that ask for nodes ahead of a workload.

// What they are all labelled with, so that they can be found.
inline constexpr std::string_view kHeadroomLabel = "loadcurve.dev/headroom-of";
// Below 0, so that any pod that is not marked lower takes the room of a placeholder at once; and
// not below -10, since Cluster Autoscaler by default orders no nodes for what is lower
// (--expendable-pods-priority-cutoff).
inline constexpr int kPlaceholderPriority = -10;
inline constexpr std::string_view kPlaceholderClass = "loadcurve-headroom";

// For which workload, of which CapacityProfile, and how much.
struct HeadroomOrder {
  const ScalingProfile* workload = nullptr;  // not null; in a namespace
  std::string owner;                         // the CapacityProfile's name and uid: with it, it goes
  std::string owner_uid;
  Replicas replicas;  // > 0
};

// "web-headroom"
std::string HeadroomName(const ProfileName& workload);

// A CapacityBuffer for so many pods as the target has them. Of the two ways to say what a pod is
// (scalableRef or podTemplateRef, never both) it takes the first, so that it follows the target's
// template.
nlohmann::json CapacityBufferFor(const HeadroomOrder& order);

// A Deployment of pods that do nothing, of the size and with the demands on nodes of the target's
// pods, which is `target` as the API server has it: CPU and memory of all containers together,
// nodeSelector, node affinity, tolerations, and topology spread among themselves.
//
// kInvalidArgument where `target` has no pod template, or its containers ask for nothing: a pod
// that asks for nothing keeps no room.
[[nodiscard]] Result<nlohmann::json> PlaceholdersFor(const HeadroomOrder& order,
                                                     const nlohmann::json& target,
                                                     const std::string& image);

}  // namespace loadcurve::kube
