#include "scaler/assumed_replicas.h"

namespace loadcurve {

Result<ScaleObservation> AssumedReplicas::Observe(const ScalingProfile& profile) {
  const std::lock_guard lock(mutex_);
  const auto [found, is_new] =
      replicas_.try_emplace(ToString(profile.Workload()), profile.fields().bounds.min);
  return ScaleObservation{.current = found->second, .ready = found->second};
}

Result<void> AssumedReplicas::Apply(const ScalingProfile& profile,
                                    const ReplicaDecision& decision) {
  const std::lock_guard lock(mutex_);
  replicas_[ToString(profile.Workload())] = decision.desired;
  return {};
}

}  // namespace loadcurve
