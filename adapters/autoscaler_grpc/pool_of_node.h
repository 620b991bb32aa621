#pragma once

#include <string>
#include <vector>

#include "adapters/autoscaler_grpc/kube_blob.h"
#include "scaler/capacity/capacity_offer.h"

namespace loadcurve::autoscaler_grpc {

// The pool of a node group: the one of that name; else the one that says of type, zone, contract
// and labels what the group's node says of itself, the most of them. Null where there is none. What
// a node is, is in its well-known labels (node.kubernetes.io/instance-type,
// topology.kubernetes.io/zone, and those of Karpenter, EKS, GKE and AKS for spot).
const capacity::CapacityOffer* PoolOf(const std::vector<capacity::CapacityOffer>& pools,
                                      const std::string& group, const NodeBlob& node);

}  // namespace loadcurve::autoscaler_grpc
