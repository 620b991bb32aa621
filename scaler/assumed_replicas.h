#pragma once

#include <map>
#include <mutex>
#include <string>

#include "scaler/scale_target.h"

namespace loadcurve {

// Replicas outside a cluster, where nobody counts them: as many are assumed to be there as were
// asked for last, and at first the fewest that the profile allows. Thread-safe.
class AssumedReplicas final : public ScaleTarget {
 public:
  [[nodiscard]] Result<ScaleObservation> Observe(const ScalingProfile& profile) override;
  [[nodiscard]] Result<void> Apply(const ScalingProfile& profile,
                                   const ReplicaDecision& decision) override;

 private:
  std::mutex mutex_;
  std::map<std::string, Replicas> replicas_;  // by ToString(workload)
};

}  // namespace loadcurve
