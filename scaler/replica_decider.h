#pragma once

#include <deque>
#include <optional>

#include "base/result.h"
#include "base/units.h"
#include "scaler/memory_trial.h"
#include "scaler/parked_capacity.h"
#include "scaler/replica_decision.h"
#include "scaler/scaling_profile.h"
#include "scaler/violation_budget.h"

namespace loadcurve {

// The decisions of one workload, one after another: what a decision must know of those before it,
// and what a budget of violations learns from what came of them. Serving and the twin decide by
// this and by nothing else.
class ReplicaDecider {
 public:
  // `step`: of the windows that are judged.
  ReplicaDecider(const ScalingProfileFields& fields, Duration step);

  // What a decision before this object found necessary counts as one of its own.
  void RememberNeed(const PastNeed& need) { past_needs_.push_front(need); }
  // The need of the last decision; absent before the first.
  std::optional<Replicas> LastNeed() const;

  // A window ended: its load, and the fewest ready replicas in it. In order.
  void Judge(MetricsQps load, Replicas least_ready, const ScalingProfile& profile);

  // As Decide(), which is given what is remembered here: past needs and counts, what was wanted,
  // and the price of a shortage. `inputs.now` never goes back.
  [[nodiscard]] Result<ReplicaDecision> Decide(DecisionInputs inputs,
                                               const ScalingProfile& profile);

  // Of a profile whose scale-in is watched.
  const std::optional<ParkedCapacity>& parked() const { return parked_; }
  // Goes on where another process ended; passed over where scale-in is not watched.
  void Resume(const ParkedState& state);

  // Of a profile with a budget of violations.
  const std::optional<ViolationBudget>& budget() const { return budget_; }

 private:
  void Watch(DecisionInputs& inputs, const ScalingProfile& profile);
  void TryMemory(DecisionInputs& inputs, const ScalingProfile& profile);
  void LearnPrice(DecisionInputs& inputs, const ScalingProfile& profile);

  std::deque<PastNeed> past_needs_;
  std::deque<PastCount> past_counts_;
  // The last decision, which the count may not have followed yet.
  struct Wanted {
    Replicas replicas;
    TimePoint valid_until;
  };
  std::optional<Wanted> wanted_;
  MemoryTrial memory_;
  std::optional<TimePoint> memory_until_;  // of the use that was noted last
  std::optional<ParkedCapacity> parked_;
  std::optional<ViolationBudget> budget_;
  std::optional<TimePoint> priced_at_;  // the window that the price was last learnt in
  std::optional<double> price_;
};

// What one replica carries at the profile's target utilization; it has a capacity.
MetricsQps CarriedByOne(const ScalingProfileFields& fields);

}  // namespace loadcurve
