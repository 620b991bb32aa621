#pragma once

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "adapters/kube/kubernetes_version.h"
#include "base/units.h"
#include "scaler/scaling_profile.h"

namespace loadcurve::kube {

struct HpaOptions {
  // Absent: fit for every version that has autoscaling/v2, 1.23 and newer.
  std::optional<KubernetesVersion> kubernetes{};
  // CPU limit by CPU request of the pods: an HPA counts CPU in shares of the request, a
  // calibration in shares of the limit. >= 1 in a valid pod.
  double limit_by_request = 1;
  // False where an HPA could not count CPU, since the pods request none: then there is no safety
  // net.
  bool has_cpu = true;
  // True while the count is to stay as it is: the HPA then moves it in neither direction.
  bool is_paused = false;
};

// What the HPA must leave alone while our metric works, and catch when it does not, as a share
// of the CPU request.
//
//   planned   = objective.targetUtilization of the limit. perReplica.metricsqps was measured at
//               targetShare and is scaled by targetUtilization / targetShare, so that targetShare
//               cancels out.
//   uncertain = metricsqps / low: a replica may really sustain only `low`, and then is that much
//               busier than planned (1 where the profile has no capacity).
//   target    = planned * uncertain * 1.15: what varies within a step is not ours to act on.
//
// It acts at target * (1 + tolerance), which must come before a replica is saturated:
// target <= 0.95 / (1 + tolerance). But not binding comes first: at least planned * 1.05.
struct CpuSafetyNet {
  int average_utilization = 0;  // percent of the request
  // False where so much is planned for that the CPU is saturated before it acts.
  bool can_act = true;
};

CpuSafetyNet CpuSafetyNetFor(const ScalingProfile& profile, const HpaOptions& options);

// False for consumers of a queue: they work as fast as they can while anything waits, so that a
// busy CPU says nothing of how many are needed, and an HPA that followed it would go to its limit.
bool IsCpuASafetyNet(const ScalingProfile& profile);

// The autoscaling/v2 HorizontalPodAutoscaler that follows Loadcurve's decision for the profile:
// the external metric loadcurve-replicas with AverageValue 1, and CPU as the safety net, where it
// is one, since an HPA whose metrics all fail changes nothing, not even upward. How fast it may go
// is for the decision: the HPA has no window and no step limit of its own.
nlohmann::ordered_json HpaFor(const ScalingProfile& profile, const HpaOptions& options);

// What a person should know about that HPA; empty where there is nothing to tell.
std::vector<std::string> HpaRemarks(const ScalingProfile& profile, const HpaOptions& options);

}  // namespace loadcurve::kube
