#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string>

#include "base/units.h"
#include "scaler/replica_decision.h"
#include "scaler/rollout_state.h"
#include "scaler/scaling_profile.h"
#include "scaler/workload_status.h"

namespace loadcurve {

// Leads one profile through the stages.
//
// Each decision is held against the load of the window in which a replica ordered with it would
// be ready, followed or not. After `spec.window`, where kEnoughJudged of its windows were judged:
//
//   promoted  coverage >= quantile - 0.03, violations <= 0.01 and regret <= 1
//   demoted   coverage < quantile - 0.1, or violations > 1 - quantile: Full -> UpOnly;
//             regret > 3: down to Recommend. Violations demote as soon as there are more of them
//             than the whole window may have.
//
// where regret is decided / needed - 1; else the stage is measured for another window. Windows on
// doubtful evidence judge nothing. At most one change a window. Not thread-safe.
class Rollout {
 public:
  explicit Rollout(const ScalingProfile& profile);

  // Goes on where another left off; passed over where the profile asks for a stage by hand.
  void Resume(const RolloutState& state);

  // What a step found, before any hold: measures, and moves the stage.
  void Judge(const WorkloadStatus& status);

  // The decision as far as the stage follows it; `ordered` is the count asked for at the moment.
  ReplicaDecision Apply(ReplicaDecision decision, Replicas ordered);

  const RolloutState& state() const { return state_; }

 private:
  struct Promise {
    TimePoint due;
    MetricsQps forecast;
    Replicas decided;
  };

  void Measure(const WorkloadStatus& status);
  void Move(TimePoint now, RolloutStage to);
  void Begin(TimePoint now);
  std::string Numbers() const;

  RolloutSpec spec_;
  double quantile_;
  double utilization_;
  Duration startup_;
  Duration step_;
  ReplicaBounds bounds_;
  RolloutState state_;
  std::deque<Promise> promises_;  // rising
  std::optional<TimePoint> judged_until_;
  std::optional<Replicas> served_;  // by UpOnly, lately
};

// Whether there is something to tell of a rollout: it is Auto, or held at another stage than Full.
bool HasRollout(const RolloutSpec& spec);

}  // namespace loadcurve
