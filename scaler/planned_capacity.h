#pragma once

#include <map>
#include <optional>
#include <span>
#include <string>
#include <utility>

#include "base/units.h"
#include "metrics/cpu_source.h"
#include "metrics/late_requests.h"
#include "metrics/load_sample.h"
#include "metrics/metric_source.h"
#include "scaler/capacity_report.h"
#include "scaler/evidence.h"
#include "scaler/latency_correction.h"
#include "scaler/online_capacity.h"
#include "scaler/replica_decision.h"
#include "scaler/replica_mix.h"
#include "scaler/scale_target.h"
#include "scaler/scaling_profile.h"

namespace loadcurve {

// The capacity that the decisions of one workload stand on: the profile's, moved by what is learnt
// of it over releases and by the closed loop on the latency target, where the profile asks for
// them. Not thread-safe.
class PlannedCapacity {
 public:
  // `cpu` outlives it; null where it is not measured. `order_delay`: until an order is acted on.
  PlannedCapacity(const ScalingProfile& profile, CpuSource* cpu, Duration step,
                  Duration order_delay);

  // Other costs are in force: what was learnt of the old ones is dropped.
  void Use(const ScalingProfile& profile);
  // Goes on where another process ended, if that was for the costs in force.
  void Resume(const CapacityReport& report);

  // How fast families of instances are, in place of what the profile states of it.
  void UseSpeeds(InstanceSpeeds speeds) { speeds_ = std::move(speeds); }
  // At each step, before the rest of it. `now` never goes back.
  void Observe(TimePoint now, const ScaleObservation& observed);
  // What was read, and the loads of its whole windows.
  void Note(const MeasuredRequests& measured, std::span<const LoadSample> whole);
  // What was decided last, before a rollout or a brake held it back.
  void NoteDecision(const ReplicaDecision& decision);
  // Judges what was noted. `may_fit`: there is time for a second of work.
  void Step(TimePoint now, const Evidence& evidence, bool may_fit);

  // Before a decision for a load: what one of the pods counts for, where they carry different ones.
  void PlanFor(MetricsQps load);

  // What a replica counts for, of the profile's capacity, in the mean of those that were needed for
  // that load; 1 where all are the same.
  double mix_speed() const { return mix_speed_; }

  // The profile with the capacity that is planned with.
  const ScalingProfile& profile() const { return planning_; }
  // What a replica carries at its limit, as far as it was measured; absent where it is not known.
  std::optional<MetricsQps> Sustained() const;
  // Absent where the profile asks for neither.
  std::optional<CapacityReport> report() const;
  // Tells a decision what there is to say of the capacity.
  void Explain(DecisionInputs& inputs) const;

 private:
  struct LateWindow {
    LateRequests requests;
    MetricsQps load;
  };

  void JudgeLatency(TimePoint now, const Evidence& evidence);
  LatencyStanding StandingAt(TimePoint now, MetricsQps load, const Evidence& evidence) const;
  double latency_share() const { return latency_ ? latency_->share() : 1; }
  void UseShares();

  ScalingProfile profile_;
  ScalingProfile planning_;
  Duration step_;
  std::optional<OnlineCapacity> online_;
  std::optional<LatencyCorrection> latency_;
  std::optional<ScaleObservation> observed_;
  std::optional<TimePoint> first_;            // windows that began before are not judged
  std::map<TimePoint, LateWindow> unjudged_;  // by their start
  TimePoint judged_until_{};
  std::optional<Replicas> wanted_;
  InstanceSpeeds speeds_;          // in force; empty: all are the same
  std::optional<ReplicaMix> mix_;  // of the last observation, where they differ
  double mix_speed_ = 1;
};

}  // namespace loadcurve
