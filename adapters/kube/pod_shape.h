#pragma once

#include <nlohmann/json_fwd.hpp>
#include <optional>

#include "scaler/capacity/fleet/drain_plan.h"
#include "scaler/label_requirement.h"
#include "scaler/scale_target.h"

namespace loadcurve::kube {

// Where a pod may stand: its node selector, required node affinity, tolerations, the spread over
// zones that it insists on, required affinity and anti-affinity to pods, by nodes and zones, and
// the claims that it mounts. Tolerations that every pod is given, of nodes that are not ready, are
// left out; so are what is only preferred, and affinity by other topology keys.
PodPlacement PlacementOf(const nlohmann::json& pod);

// Terms as nodeSelectorTerms have them, of a pod's affinity or a volume's. Those of fields, as of a
// node's name, ask for a label that no node has.
LabelTerms NodeTermsOf(const nlohmann::json& node_selector);

// What a drain must know of a pod. Absent for those that a drain lets be: of daemon sets, which
// would come back, mirrors of a node's own files, and those that ended.
std::optional<capacity::DrainPod> DrainPodOf(const nlohmann::json& pod);

}  // namespace loadcurve::kube
