#pragma once

#include <compare>
#include <functional>
#include <string>

namespace loadcurve {

// What is scaled, named as Kubernetes names it. Outside a cluster only `name` is set.
struct WorkloadId {
  std::string namespace_name;  // "shop"; empty outside a cluster
  std::string kind;            // "Deployment"; empty outside a cluster
  std::string name;            // "checkout"

  auto operator<=>(const WorkloadId&) const = default;
};

// "shop/Deployment/checkout", or "checkout" alone where that is all there is.
inline std::string ToString(const WorkloadId& id) {
  if (id.namespace_name.empty() && id.kind.empty()) return id.name;
  return id.namespace_name + "/" + id.kind + "/" + id.name;
}

}  // namespace loadcurve

template <>
struct std::hash<loadcurve::WorkloadId> {
  std::size_t operator()(const loadcurve::WorkloadId& id) const noexcept {
    return std::hash<std::string>()(loadcurve::ToString(id));
  }
};
