#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "adapters/kube/hpa_manifest.h"
#include "scaler/scaling_profile.h"

namespace loadcurve::keda {

struct ScaledObjectOptions {
  kube::HpaOptions hpa{};
  // Where the scaler listens, as KEDA's operator reaches it.
  std::string address = "loadcurve.loadcurve.svc:9443";
  // The ClusterTriggerAuthentication that holds the authority (caCert) and, where clients must
  // show one, KEDA's certificate.
  std::string authentication = "loadcurve";
};

// The keda.sh/v1alpha1 ScaledObject that follows Loadcurve's decision for the profile: an
// external trigger, CPU as the safety net, and an HPA with no window and no step limit of its
// own, as kube::HpaFor has it. There is no `fallback`: a fixed count could be fewer than there
// are, and without one KEDA holds.
nlohmann::ordered_json ScaledObjectFor(const ScalingProfile& profile,
                                       const ScaledObjectOptions& options);

// What a person should know about it; empty where there is nothing to tell.
std::vector<std::string> ScaledObjectRemarks(const ScalingProfile& profile,
                                             const ScaledObjectOptions& options);

}  // namespace loadcurve::keda
