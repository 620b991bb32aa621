#pragma once

#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "scaler/scale_target.h"

namespace loadcurve {

// Replicas that are there as soon as they are asked for, by profile name. Thread-safe.
class RecordingScaleTarget final : public ScaleTarget {
 public:
  [[nodiscard]] Result<ScaleObservation> Observe(const ScalingProfile& profile) override {
    const std::lock_guard lock(mutex_);
    const auto found = replicas.find(profile.fields().metadata.name);
    if (found == replicas.end())
      return Fail(ErrorCode::kNotFound, "no workload '" + profile.fields().metadata.name + "'");
    return ScaleObservation{.current = found->second,
                            .ready = found->second,
                            .revision = revision,
                            .is_rolling_out = is_rolling_out};
  }

  [[nodiscard]] Result<void> Apply(const ScalingProfile& profile,
                                   const ReplicaDecision& decision) override {
    const std::lock_guard lock(mutex_);
    replicas[profile.fields().metadata.name] = decision.desired;
    applied.push_back(decision.desired);
    return {};
  }

  std::map<std::string, Replicas> replicas;
  std::vector<Replicas> applied;
  // Of all of them.
  std::string revision;
  bool is_rolling_out = false;

 private:
  std::mutex mutex_;
};

}  // namespace loadcurve
