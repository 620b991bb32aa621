#pragma once

#include <map>
#include <mutex>
#include <optional>
#include <string>

#include "adapters/kube/api_discovery.h"
#include "adapters/kube/kube_client.h"
#include "adapters/kube/node_types.h"
#include "adapters/kube/pod_index.h"
#include "base/clock.h"
#include "scaler/scale_target.h"

namespace loadcurve::kube {

// Counts and sets the replicas of anything with a scale subresource: Deployment, StatefulSet,
// Rollout, a custom resource. Thread-safe.
//
// With pods that a watch keeps up to date, the scale subresource is read again only when the
// number of pods changed or is not that of the scale, and every five minutes; without them, it and
// the pods are read at each Observe. A target without a selector has no pods to look at: all its
// replicas count as ready.
class KubeScaleTarget final : public ScaleTarget {
 public:
  // `pods` may be null; all outlive this.
  KubeScaleTarget(KubeClient& client, ApiDiscovery& discovery, const PodIndex* pods,
                  const Clock& clock);

  // kNotFound where there is no such kind or object, kInvalidArgument where the kind cannot be
  // scaled or the profile has no namespace.
  [[nodiscard]] Result<ScaleObservation> Observe(const ScalingProfile& profile) override;

  // Nothing is written where the count is already wanted, zero included. kConflict where an
  // HPA owns the target, which is named, or someone else changed the count at the same time;
  // kInsufficientData where the decision is past its valid_until.
  [[nodiscard]] Result<void> Apply(const ScalingProfile& profile,
                                   const ReplicaDecision& decision) override;

 private:
  struct Scale {
    Replicas wanted;   // spec.replicas
    Replicas current;  // status.replicas
    std::string selector;
    std::string resource_version;
    Duration read_at{0};      // monotonic
    Replicas pods_when_read;  // of the index
  };

  [[nodiscard]] Result<ResourcePath> PathOf(const ScalingProfile& profile);
  [[nodiscard]] Result<Scale> ReadScale(const ResourcePath& path);
  [[nodiscard]] Result<PodSummary> ListPods(const ResourcePath& path, const std::string& selector);
  [[nodiscard]] Result<void> RefuseIfOwned(const ScalingProfile& profile);
  [[nodiscard]] Result<ScaleObservation> ObserveByIndex(const ResourcePath& path,
                                                        const ScalingProfile& profile);
  std::optional<Scale> Known(const ResourcePath& path) const;

  KubeClient& client_;
  ApiDiscovery& discovery_;
  const PodIndex* pods_;
  const Clock& clock_;
  NodeTypes nodes_;
  mutable std::mutex mutex_;
  std::map<ResourcePath, Scale> scales_;
};

}  // namespace loadcurve::kube
