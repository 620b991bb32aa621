#pragma once

#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "adapters/external_metrics/metric_board.h"
#include "base/clock.h"
#include "base/result.h"
#include "cmd/serve_history.h"
#include "cmd/source_factory.h"
#include "scaler/control_loop.h"
#include "scaler/decision_board.h"
#include "scaler/scale_target.h"

namespace loadcurve {

// The loop as `serve` runs it: profiles come and go, each step's results are published, and
// what changed is logged. Not thread-safe.
class ServeLoop {
 public:
  struct Options {
    WorkloadLoopOptions workload{};
    Ratio hpa_tolerance{0.1};
    // Whether this process sets the count itself; empty: of no workload.
    std::function<bool(const ScalingProfile&)> is_direct{};
    // What came of a profile's calibration before this process; empty: nothing is known of it.
    std::function<CalibrationReport(const ProfileKey&)> calibration{};
    // The same of its capacity.
    std::function<CapacityReport(const ProfileKey&)> capacity{};
    // The same of how fast instances are for it.
    std::function<SpeedReport(const ProfileKey&)> speeds{};
    // Where a profile's rollout stood before this process; empty: nothing is known of it.
    std::function<std::optional<RolloutState>(const ProfileKey&)> rollout{};
    // The same of what its scale-in had parked.
    std::function<std::optional<ParkedState>(const ProfileKey&)> parked{};
    int threads = 0;
    // Where what is measured is kept, outlives the loop; null: nowhere.
    ServeHistory* history = nullptr;
  };

  // All outlive it.
  ServeLoop(const Clock& clock, ScaleTarget& target, SourceFactory& sources,
            external_metrics::MetricBoard& metrics, const Options& options);

  // These are the profiles from now on. One whose source cannot be made is left out, and its
  // error is among those returned; the loop of one that is unchanged goes on as it was.
  // Where `why_all_paused` is not empty, or a profile's annotation says so, counts are held.
  std::vector<Error> Use(const std::vector<ScalingProfile>& profiles,
                         const std::string& why_all_paused = "");

  // Whether a person lifted the fleet's brake for all.
  void LiftBrake(bool is_lifted) { loop_.LiftBrake(is_lifted); }

  // As those of ControlLoop.
  void LookAheadFor(const ProfileKey& profile, std::optional<Duration> boot) {
    loop_.LookAheadFor(profile, boot);
  }
  std::optional<NeedAhead> AheadOf(const ProfileKey& profile) const {
    return loop_.AheadOf(profile);
  }

  // What another process decided lately, as it was published: nothing shrinks below it within the
  // profiles' windows.
  void Inherit(const std::vector<external_metrics::BoardItem>& items, TimePoint now);

  // One step of all workloads; its results are on the boards then.
  TickReport Step();

  const DecisionBoard& decisions() const { return decisions_; }

 private:
  [[nodiscard]] Result<void> Set(const ScalingProfile& profile);
  void LogChanges(const WorkloadStatus& status);
  void LogCalibration(const WorkloadStatus& status);
  void LogCapacity(const WorkloadStatus& status);
  void LogRollout(const WorkloadStatus& status);
  void LogBrake(const BrakeReport& brake);

  SourceFactory& sources_;
  external_metrics::MetricBoard& metrics_;
  const Options options_;
  DecisionBoard decisions_;
  ControlLoop loop_;
  std::map<ProfileKey, ScalingProfile> profiles_;
  // What was last told of each.
  struct Told {
    Replicas desired{-1};
    std::string problem;
    std::string calibration;  // the outcome, and since when
    std::string evidence;     // what disturbs it
    std::optional<RolloutChange> rollout;
    std::optional<RevisionNews> release;
    double latency_share = 1;
  };
  std::map<ProfileKey, Told> told_;
  BrakeReport::State told_brake_ = BrakeReport::State::kOff;
};

}  // namespace loadcurve
