#pragma once

#include <string>
#include <string_view>

namespace loadcurve::kube {

// A kind of object as the API server's paths name it: {"apps", "v1", "deployments"}; the core
// group is "".
struct ResourceType {
  std::string group{};
  std::string version{};
  std::string plural{};

  auto operator<=>(const ResourceType&) const = default;
};

// One object, or all of a kind where `name` is empty, in one namespace or, where that is
// empty, in all (and for kinds without namespaces).
struct ResourcePath {
  ResourceType type{};
  std::string namespace_name{};
  std::string name{};
  std::string subresource{};  // "status", "scale"

  auto operator<=>(const ResourcePath&) const = default;
};

// "apps/v1", or "v1" in the core group.
std::string ApiVersionOf(const ResourceType& type);

// "/apis/apps/v1/namespaces/shop/deployments/web/scale"
std::string UrlPathOf(const ResourcePath& path);

// For people, as RBAC names it: "deployments.apps/scale shop/web".
std::string ToString(const ResourcePath& path);

inline const ResourceType kScalingProfiles{"loadcurve.dev", "v1alpha1", "scalingprofiles"};
inline const ResourceType kPods{"", "v1", "pods"};
inline const ResourceType kNodes{"", "v1", "nodes"};
inline const ResourceType kPersistentVolumes{"", "v1", "persistentvolumes"};
inline const ResourceType kPersistentVolumeClaims{"", "v1", "persistentvolumeclaims"};
inline const ResourceType kNamespaces{"", "v1", "namespaces"};
inline const ResourceType kLeases{"coordination.k8s.io", "v1", "leases"};
inline const ResourceType kEvents{"events.k8s.io", "v1", "events"};
inline const ResourceType kHorizontalPodAutoscalers{"autoscaling", "v2",
                                                    "horizontalpodautoscalers"};

}  // namespace loadcurve::kube
