#pragma once

#include <nlohmann/json_fwd.hpp>

#include "base/result.h"
#include "scaler/scaling_profile.h"

namespace loadcurve::kube {

// The ScalingProfile in an object of the API server, read by the very codec that reads files.
// What the server adds (uid, managedFields, ...), a status but for its calibration, and what
// kubectl keeps in an annotation are passed over.
//
// kInvalidArgument begins with the field: "spec.bounds.minReplicas is '5'; expected ...".
[[nodiscard]] Result<ScalingProfile> ProfileFrom(const nlohmann::json& object);

}  // namespace loadcurve::kube
