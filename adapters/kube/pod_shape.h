#pragma once

#include <nlohmann/json_fwd.hpp>
#include <optional>

#include "scaler/capacity/fleet/drain_plan.h"
#include "scaler/scale_target.h"

namespace loadcurve::kube {

// Where a pod may stand: its node selector, tolerations and the spread over zones that it insists
// on. Tolerations that every pod is given, of nodes that are not ready, are left out, and node
// affinity is not read.
PodPlacement PlacementOf(const nlohmann::json& pod);

// What a drain must know of a pod. Absent for those that a drain lets be: of daemon sets, which
// would come back, mirrors of a node's own files, and those that ended.
std::optional<capacity::DrainPod> DrainPodOf(const nlohmann::json& pod);

}  // namespace loadcurve::kube
