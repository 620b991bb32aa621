#pragma once

#include <string>
#include <string_view>

#include "scaler/capacity/capacity_offer.h"

namespace loadcurve::autoscaler_grpc {

// The labels of nodes by which a pool is known again. Kubelets must be told to set them.
inline constexpr std::string_view kPoolLabel = "loadcurve.dev/pool";
inline constexpr std::string_view kClassLabel = "loadcurve.dev/capacity-class";

// A v1.Node in Kubernetes' protobuf: an empty, ready node of this pool, with its allocatable, its
// taints, its labels and those that every node has (type, zone, region, linux on amd64 where the
// pool does not say otherwise), and the two above.
std::string NodeTemplate(const capacity::CapacityOffer& pool);

}  // namespace loadcurve::autoscaler_grpc
