#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/units.h"
#include "metrics/container_resources.h"
#include "scaler/label_requirement.h"
#include "scaler/pod_affinity.h"
#include "scaler/replica_decision.h"
#include "scaler/scaling_profile.h"

namespace loadcurve {

// Where pods of a workload may stand.
struct PodPlacement {
  std::map<std::string, std::string> node_selector{};
  std::vector<std::string> tolerations{};   // "key=value:Effect", "key:Effect", "key", "*"
  LabelTerms node_affinity{};               // of nodes that it may stand on
  std::int64_t zone_skew = 0;               // most that two zones may differ by; 0: as they like
  std::vector<PodAffinityTerm> affinity{};  // to stand beside
  std::vector<PodAffinityTerm> anti_affinity{};  // to keep apart from
  std::vector<std::string> claims{};             // PersistentVolumeClaims that it mounts

  bool operator==(const PodPlacement&) const = default;
};

// The replicas of a workload as they stand.
struct ScaleObservation {
  Replicas current;                       // as the scale subresource counts: status.replicas
  Replicas ready;                         // of these, serving
  std::string revision{};                 // pod-template hash of the newest; empty: unknown
  bool is_rolling_out = false;            // two revisions run at once
  std::optional<Duration> startup_p95{};  // created to ready, 95th percentile; absent: unseen
  std::optional<CpuCores> cpu{};          // that one replica requests; absent: unknown
  std::optional<Replicas> ordered{};      // spec.replicas; absent: what is ordered is there
  // Of each pod's node, by the pod's name, where the profile states speeds; empty: unknown. A type
  // is empty where it is not known, or there is no node yet.
  std::map<std::string, std::string> instance_types{};
  std::vector<ContainerResources> containers{};  // of the newest replica; empty: unknown
  PodPlacement placement{};                      // the same
  PodMarks marks{};                              // the same
  std::set<std::vector<std::string>> claims{};   // of each replica
};

// SEAM. Where replicas are counted and, in direct mode, set. Thread-safe.
class ScaleTarget {
 public:
  virtual ~ScaleTarget() = default;

  // kNotFound where there is no such workload.
  [[nodiscard]] virtual Result<ScaleObservation> Observe(const ScalingProfile& profile) = 0;

  // Sets the count to `decision.desired`. kConflict, which names the owner, where someone else
  // sets it: an HPA.
  [[nodiscard]] virtual Result<void> Apply(const ScalingProfile& profile,
                                           const ReplicaDecision& decision) = 0;
};

}  // namespace loadcurve
