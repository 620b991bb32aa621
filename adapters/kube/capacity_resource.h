#pragma once

#include "adapters/kube/resource.h"

namespace loadcurve::kube {

// The kinds of object that nodes ahead of the load are asked for by.
inline const ResourceType kCapacityProfiles{"loadcurve.dev", "v1alpha1", "capacityprofiles"};
// Of Cluster Autoscaler and Karpenter.
inline const ResourceType kCapacityBuffers{"autoscaling.x-k8s.io", "v1beta1", "capacitybuffers"};
inline const ResourceType kDeployments{"apps", "v1", "deployments"};
inline const ResourceType kPriorityClasses{"scheduling.k8s.io", "v1", "priorityclasses"};

}  // namespace loadcurve::kube
