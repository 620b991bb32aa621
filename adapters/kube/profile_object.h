#pragma once

#include <nlohmann/json_fwd.hpp>

#include <string>

#include "base/result.h"
#include "scaler/scaling_profile.h"

namespace loadcurve::kube {

// The ScalingProfile in an object of the API server, read by the very codec that reads files.
// What the server adds (uid, managedFields, ...), a status but for its calibration, and what
// kubectl keeps in an annotation are passed over.
//
// kInvalidArgument begins with the field: "spec.bounds.minReplicas is '5'; expected ...".
[[nodiscard]] Result<ScalingProfile> ProfileFrom(const nlohmann::json& object);

// apiVersion, kind, spec, and of metadata what a person wrote: what a codec of ours may see of an
// object.
nlohmann::json SpecAlone(const nlohmann::json& object);

// Of an object there are no lines that a person could look up: "FILE:LINE: " goes.
std::string WithoutLine(const std::string& message, const std::string& file_name);

}  // namespace loadcurve::kube
