#pragma once

#include <compare>
#include <string_view>

#include "base/result.h"

namespace loadcurve::kube {

// A minor version of Kubernetes, which decides what an API object may say.
struct KubernetesVersion {
  int major = 1;
  int minor = 0;

  auto operator<=>(const KubernetesVersion&) const = default;
};

// "1.35", "v1.36.2", "1.30+" as some providers have it; else kInvalidArgument.
[[nodiscard]] Result<KubernetesVersion> ParseKubernetesVersion(std::string_view text);

}  // namespace loadcurve::kube
