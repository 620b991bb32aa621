#pragma once

#include <map>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "base/units.h"
#include "metrics/capacity/capacity_watch.h"
#include "metrics/capacity/replica_window.h"
#include "metrics/cpu_source.h"
#include "metrics/load_sample.h"
#include "metrics/metric_source.h"
#include "scaler/capacity_report.h"
#include "scaler/scale_target.h"
#include "scaler/scaling_profile.h"
#include "scaler/steady_record.h"

namespace loadcurve {

// What one replica of a workload carries, learnt while it serves, release by release: lays load,
// CPU, ready replicas and revision over one another for CapacityWatch, and says which capacity to
// plan with.
//
// That is the profile's, moved by what is known to differ from it, and by no more:
//
//   down   by a release that costs more CPU: the upper end of the interval of how much more; by a
//          lower CPU limit: in proportion; to the upper end of what windows tell by themselves
//   up     by a release that costs less, where CPU binds: again by the upper end of the interval;
//          to the lower end of a capacity whose limit was reached
//
// A new revision begins with what was planned for the one before. Windows in which replicas came,
// went or were of two revisions, and those with more than a twentieth of errors, are left out.
// Not thread-safe.
class OnlineCapacity {
 public:
  // `cpu` outlives it. The profile has requests, with the costs in force.
  OnlineCapacity(CpuSource& cpu, const ScalingProfile& profile, Duration step);

  // Other costs are in force: what was learnt of the old ones is dropped.
  void Use(const ScalingProfile& profile);
  // Goes on where another process ended, if that was for the costs in force: a comparison of
  // revisions too. What was planned stands until a revision is known; where none was compared, it
  // stands for another one than then if it is less than the profile's.
  void Resume(const CapacityReport& report);

  // At each step, before the rest of it. `now` never goes back.
  void NoteReplicas(TimePoint now, const ScaleObservation& observed);
  // What was read, and the loads of its whole windows.
  void NoteRequests(const MeasuredRequests& measured, std::span<const LoadSample> whole);
  // Reads the CPU of windows that wait for it and judges them. `may_fit`: there is time for a
  // second of work.
  void Step(TimePoint now, bool may_fit);

  // As of the last Step.
  const CapacityReport& report() const { return report_; }
  // The profile's capacity, moved to what is planned; absent where the profile has none.
  std::optional<ReplicaCapacity> Planned() const;
  // What to say of it in a decision; empty where the profile's own is planned with.
  std::string Note() const;
  // When replicas that are new are warm.
  std::optional<TimePoint> WarmAt() const { return watch_.WarmAt(); }

 private:
  struct Seen {
    Replicas ready;
    std::string revision;  // empty: not known, or two of them
    bool operator==(const Seen&) const = default;
  };

  // What is planned for one revision, as shares of the profile's capacity.
  struct RevisionPlan {
    std::string name;
    double base = 1;   // that it began with
    double share = 1;  // that follows from all that is known
    std::string why{};
  };

  CapacityWatchOptions WatchOptions() const;
  void Feed(const CpuSample& sample);
  RevisionPlan& PlanOf(const std::string& revision);
  double BaseOf(const std::string& revision) const;
  void ResumePlan(const CapacityReport& report);
  void ResumeRevisions(const CapacityWatchState& state);
  // By how it differs from the revision before.
  RevisionPlan ByShift(const RevisionPlan& plan) const;
  // By that, and by what its windows tell.
  RevisionPlan Judged(const RevisionPlan& plan) const;
  void TellPresent();
  void UsePlan(TimePoint now, const RevisionPlan& plan);

  CpuSource* cpu_;
  ScalingProfile profile_;
  Duration step_;
  CapacityWatch watch_;
  SteadyRecord<Seen> replicas_;
  std::map<TimePoint, ReplicaWindow> pending_;  // by their start; no CPU yet
  TimePoint next_{};                            // windows that begin before are done with
  std::vector<RevisionPlan> plans_;             // the latest seen last
  double share_ = 1;                            // in force, of the profile's capacity
  PresentCapacity present_;                     // as of the last fit
  bool has_news_ = false;                       // windows since then
  std::string fault_;                           // why the CPU could not be read
  std::optional<CapacityReport> before_;        // of another process
  CapacityReport report_;
};

}  // namespace loadcurve
