#pragma once

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <vector>

#include "base/result.h"
#include "base/units.h"
#include "metrics/container_resources.h"

namespace loadcurve::kube {

// CPU limit by CPU request of a pod template, all containers together; restartable init
// containers count, as an HPA counts them. A limit without a request is the request too. `object`
// is the whole Deployment, StatefulSet or what else has spec.template.
//
// kInsufficientData, which says what is absent, where an HPA could not count CPU in shares of the
// request, or the limit that a profile speaks of is not known.
[[nodiscard]] Result<double> LimitByRequest(const nlohmann::json& object);

// CPU that a pod asks for, all containers together; absent where one of them asks for none.
std::optional<CpuCores> RequestedCpu(const nlohmann::json& pod);

// What each container of a pod asks for, in its order, without those that only begin it.
std::vector<ContainerResources> ResourcesOf(const nlohmann::json& pod);

}  // namespace loadcurve::kube
