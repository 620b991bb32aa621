#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/units.h"
#include "metrics/metric_source.h"
#include "metrics/rolling_load.h"
#include "scaler/adopted_calibration.h"
#include "scaler/evidence.h"
#include "scaler/held_need.h"
#include "scaler/need_ahead.h"
#include "scaler/online_calibrator.h"
#include "scaler/planned_capacity.h"
#include "scaler/replica_decider.h"
#include "scaler/replica_decision.h"
#include "scaler/replica_memory_reader.h"
#include "scaler/right_sizer.h"
#include "scaler/scale_target.h"
#include "scaler/scaling_profile.h"
#include "scaler/speed_learner.h"
#include "scaler/step_budget.h"
#include "scaler/workload_forecast.h"
#include "scaler/workload_outlook.h"
#include "scaler/workload_status.h"

namespace loadcurve {

struct WorkloadLoopOptions {
  // How much load is kept and learnt from; what the source still has of it is read at first.
  Duration history = std::chrono::days(15);
  // A forecast is made anew after this long, or ten of the profile's steps where those are
  // shorter; in between the last one is used, whose horizon reaches far enough, above a floor that
  // is measured at every step.
  Duration refit_every = std::chrono::minutes(10);
  // The first time is later by this, so that many workloads do not refit at once.
  Duration refit_offset{0};
  // The same of the first calibration, and of the first advice.
  Duration calibration_offset{0};
  Duration advice_offset{0};
  // How long an order waits before anyone acts on it: an HPA looks every 15 s. Told to objectives
  // that have an outlook.
  Duration order_delay{0};
  // Of all workloads of a step together, outlives the loop; null: no limit. Without time the
  // past of a source is read, and a forecast made, at a later step.
  const StepBudget* budget = nullptr;
};

// The loop of one workload: read -> weigh -> forecast -> decide. It fails alone, and says in
// its status what failed. Not thread-safe.
//
// Where it has a CpuSource it calibrates: what requests cost and a replica carries is tried on
// recent CPU from time to time. What is adopted stands in for the profile's own at a later step,
// all at once: the past is read and weighed anew, and a forecast made of it. For a scale-down
// window, and five minutes at least, no fewer replicas are wanted then than before.
//
// Decisions stand on the PlannedCapacity, which is told what is measured.
class WorkloadLoop {
 public:
  // kInvalidArgument where the profile's step or the options leave no window to keep.
  [[nodiscard]] static Result<WorkloadLoop> Make(ScalingProfile profile,
                                                 std::unique_ptr<MetricSource> source,
                                                 const WorkloadLoopOptions& options,
                                                 std::unique_ptr<CpuSource> cpu = nullptr);

  // With the costs in force.
  const ScalingProfile& profile() const { return profile_; }

  // What was adopted and tried, by this loop or one before it.
  const CalibrationReport& calibration() const { return report_; }

  // What is learnt of the capacity; absent where it is not watched.
  std::optional<CapacityReport> capacity() const { return planned_.report(); }

  // Goes on where a loop before this one ended; what was adopted then is dropped where it is not
  // for this profile.
  void Resume(const CalibrationReport& report);
  // The same of the capacity, after the calibration.
  void Resume(const CapacityReport& report);
  // The same of what scale-in has parked.
  void Resume(const ParkedState& state) { decider_.Resume(state); }

  // Where the profile asks for advice on what replicas ask for: what they use.
  void WatchUsage(std::unique_ptr<UsageSource> usage);

  // Where the profile states what memory a replica has: what replicas use of it.
  void WatchMemory(std::unique_ptr<UsageSource> usage);

  // Where the profile asks to learn how fast instances are: what single pods do.
  void WatchPods(std::unique_ptr<PodUseSource> uses);
  // What is learnt of that; absent where it is not.
  std::optional<SpeedReport> speeds() const;
  // Goes on where a loop before this one ended.
  void Resume(const SpeedReport& report);

  // All load that is kept, in the profile's weights; absent where there is none.
  std::optional<LoadSeries> Past() const;

  // Adds load that was measured before this loop began, of other weights or another step it is no
  // past of this profile and is left. Where both know a window, the source is right.
  void Remember(const LoadSeries& past);

  // What a decision before this loop began found necessary: it counts as one of our own.
  void RememberNeed(const PastNeed& need) { decider_.RememberNeed(need); }
  // From now on each step finds what will be needed when a node that takes `boot` is ready; absent:
  // none does.
  void LookAheadFor(std::optional<Duration> boot);
  // What the last step found; absent where it did not look, or nothing is known of the capacity.
  const std::optional<NeedAhead>& ahead() const { return ahead_; }
  // How many replicas are ready, for the source to say of how many it heard.
  void Expect(Replicas ready);
  // The same, with what else is seen of them.
  void Expect(const ScaleObservation& observed);

  // One round at `now`, which never goes back, for `current` replicas. Without a count only
  // the load is measured and forecast.
  WorkloadStatus Step(TimePoint now, std::optional<Replicas> current);

  // Whether the last step left something for a later one, for want of time.
  bool was_put_off() const { return was_put_off_; }

 private:
  WorkloadLoop(ScalingProfile profile, std::unique_ptr<MetricSource> source,
               const WorkloadLoopOptions& options, RollingLoad load,
               std::unique_ptr<CpuSource> cpu);
  [[nodiscard]] static Result<RollingLoad> EmptyLoad(const ScalingProfile& profile,
                                                     const WorkloadLoopOptions& options);

  void Measure(TimePoint now, WorkloadStatus& status);
  void ReadPast(TimePoint now, WorkloadStatus& status);
  void ReadMemory(TimePoint now, WorkloadStatus& status);
  void LearnSpeeds(TimePoint now);
  // Whether another reading would bring nothing new: no window ended since, the last one was
  // whole, and the source has no word of requests being held.
  bool KnowsAllUntil(TimePoint until) const;
  Duration ReadAgain() const;
  // False, and noted, where a step has no more time.
  bool MayTakeTime();
  void Take(const Measurement& measured, TimePoint until, WorkloadStatus& status);
  void TakeRequests(const MeasuredRequests& measured, TimePoint until, WorkloadStatus& status);
  void TakeLoad(const ToldLoad& measured, TimePoint until, WorkloadStatus& status);
  void Note(const LoadSample& sample, bool is_whole);
  // What of the latest windows a judgement of the evidence looks at; older ones tell it nothing.
  void NoteEvidence(const LoadSample& sample);
  void Refit(TimePoint now, WorkloadStatus& status);
  void RestartOutlook();
  void LearnOutlook(TimePoint now);
  void NoteReady(TimePoint now);
  void DecideNow(TimePoint now, Replicas current, WorkloadStatus& status);
  [[nodiscard]] Result<void> UseCosts(const RequestCosts& costs);
  void Calibrate(TimePoint now, WorkloadStatus& status);
  // Puts the costs in force, and the past in their scale.
  [[nodiscard]] Result<void> Adopt(TimePoint now, const RequestCosts& costs,
                                   WorkloadStatus& status);
  void AdviseOnSize(TimePoint now, WorkloadStatus& status);
  void LookForNodes(TimePoint now, const WorkloadStatus& status);
  void Describe(WorkloadStatus& status) const;

  ScalingProfile spec_;     // as it was given
  ScalingProfile profile_;  // with the costs in force
  std::unique_ptr<MetricSource> source_;
  WorkloadLoopOptions options_;
  RollingLoad load_;
  EvidenceRecord evidence_;
  TimePoint evidence_since_{};            // windows before are not looked at
  TimePoint reading_until_{};             // of the present reading, to which gauges belong
  std::optional<TimePoint> read_until_;   // by the last reading that succeeded
  std::optional<TimePoint> past_before_;  // what lies before it is still to be read
  bool was_put_off_ = false;
  bool is_doubtful_ = false;  // the evidence of the last step
  std::optional<LoadSample> latest_;
  std::optional<BusySlots> in_flight_;
  Ratio coverage_{0};
  WorkloadForecast forecast_;
  ReplicaDecider decider_;
  // Where the objective needs one.
  std::optional<WorkloadOutlook> outlook_;
  // The fewest ready replicas of the windows that are not judged yet, by their start.
  std::map<TimePoint, Replicas> least_ready_;
  std::optional<Replicas> ready_;  // told for the next step
  std::optional<Replicas> told_ready_;
  std::unique_ptr<CpuSource> cpu_;
  PlannedCapacity planned_;
  std::optional<OnlineCalibrator> calibrator_;
  std::optional<RightSizer> sizer_;
  std::optional<ReplicaMemoryReader> memory_;
  std::optional<SpeedLearner> speeds_;
  CalibrationReport report_;
  std::optional<RequestCosts> to_adopt_;
  HeldNeed held_need_;                        // from before an adoption
  std::optional<ScaleObservation> observed_;  // told for the next step
  std::optional<Duration> node_boot_;
  std::optional<NeedAhead> ahead_;
};

}  // namespace loadcurve
