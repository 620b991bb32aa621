#pragma once

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace loadcurve::external_metrics {

inline constexpr std::string_view kSystemMasters = "system:masters";
inline constexpr std::string_view kSystemAuthenticated = "system:authenticated";
inline constexpr std::string_view kSystemUnauthenticated = "system:unauthenticated";

// Who asks, as Kubernetes names users.
struct Caller {
  std::string name;  // "system:serviceaccount:kube-system:horizontal-pod-autoscaler"
  std::string uid{};
  std::vector<std::string> groups{};
  std::vector<std::pair<std::string, std::vector<std::string>>> extra{};

  bool IsIn(std::string_view group) const {
    return std::find(groups.begin(), groups.end(), group) != groups.end();
  }

  bool operator==(const Caller&) const = default;
};

}  // namespace loadcurve::external_metrics
