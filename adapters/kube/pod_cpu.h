#pragma once

#include <nlohmann/json_fwd.hpp>

#include "base/result.h"

namespace loadcurve::kube {

// CPU limit by CPU request of a pod template, all containers together; restartable init
// containers count, as an HPA counts them. A limit without a request is the request too. `object`
// is the whole Deployment, StatefulSet or what else has spec.template.
//
// kInsufficientData, which says what is absent, where an HPA could not count CPU in shares of the
// request, or the limit that a profile speaks of is not known.
[[nodiscard]] Result<double> LimitByRequest(const nlohmann::json& object);

}  // namespace loadcurve::kube
