#pragma once

#include <string>

namespace loadcurve {

// A profile that needs no more than what an HPA or a ScaledObject is written from.
inline std::string CheckoutProfile(int min_replicas) {
  return R"(apiVersion: loadcurve.dev/v1alpha1
kind: ScalingProfile
metadata: {name: checkout, namespace: shop}
spec:
  load:
    weights: {kind: occupancy, referenceSeconds: 0.1}
    perReplica: {metricsqps: 50, low: 45, weightsVersion: occupancy-100ms}
  bounds: {minReplicas: )" +
         std::to_string(min_replicas) + ", maxReplicas: 40}\n";
}

}  // namespace loadcurve
