#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "scaler/decision_board.h"
#include "scaler/fleet_brake.h"
#include "scaler/rollout.h"
#include "scaler/scale_target.h"
#include "scaler/step_budget.h"
#include "scaler/workload_loop.h"

namespace loadcurve {

// What one step of all workloads did, and how long its parts took.
struct TickReport {
  TimePoint began;
  std::size_t workloads = 0;
  std::size_t decided = 0;
  std::size_t failed = 0;  // workloads with a problem
  BrakeReport brake{};
  std::size_t put_off = 0;  // workloads that left reading the past or a forecast to a later step
  Duration took{0};
};

// What a loop needs to know of a workload.
struct LoopWorkload {
  ScalingProfile profile;
  std::unique_ptr<MetricSource> source;
  // Sets the replicas itself; else it only says how many there should be.
  bool is_direct = false;
  // Its load of before, where it is kept elsewhere.
  std::optional<LoadSeries> past{};
  // Where it is to be calibrated, its CPU, and what came of that before this process began.
  std::unique_ptr<CpuSource> cpu{};
  CalibrationReport calibration{};
  CapacityReport capacity{};
  // What its scale-in had parked before this process began.
  std::optional<ParkedState> parked{};
  // Where its profile asks for advice on what replicas ask for, what they use.
  std::unique_ptr<UsageSource> usage{};
  // Where its profile states what memory a replica has, what replicas use of it.
  std::unique_ptr<UsageSource> memory{};
  // Where its profile asks to learn how fast instances are, what single pods do, and what was
  // learnt before this process began.
  std::unique_ptr<PodUseSource> pod_uses{};
  SpeedReport speeds{};
  // Where its rollout stood before this process began.
  std::optional<RolloutState> rollout{};
};

// The loop of all workloads. Each fails alone. Not thread-safe, apart from the board.
class ControlLoop {
 public:
  // All outlive it. `threads` workloads are worked on at once, 0: as many as the machine has. A
  // step takes up nothing that can wait once kTimeThatCanWait is over.
  ControlLoop(const Clock& clock, ScaleTarget& target, DecisionBoard& board,
              WorkloadLoopOptions options, int threads);

  // Adds a workload, or gives it another profile and source; measured load is kept where the
  // weights and the step are the same, and an adopted calibration where it is for the new profile.
  // kInvalidArgument as WorkloadLoop::Make.
  [[nodiscard]] Result<void> Set(LoopWorkload workload);
  void Remove(const ProfileKey& profile);

  // The count of that profile stays as it is, and `why`, until it is called with none: it is
  // measured and forecast on, and nothing is set.
  void Pause(const ProfileKey& profile, std::string why);

  // As WorkloadLoop::LookAheadFor; a workload that is not here is passed over.
  void LookAheadFor(const ProfileKey& profile, std::optional<Duration> boot);
  // As WorkloadLoop::ahead; absent also of a workload that is not here.
  std::optional<NeedAhead> AheadOf(const ProfileKey& profile) const;

  // As WorkloadLoop::RememberNeed; a workload that is not here is passed over.
  void RememberNeed(const ProfileKey& profile, const PastNeed& need);

  // As FleetBrake::Remember.
  void RememberLevel(const ProfileKey& profile, TimePoint at, Replicas level);

  // Whether a person lifted the fleet's brake for all, until it is called again.
  void LiftBrake(bool is_lifted) { is_brake_lifted_ = is_lifted; }
  // The same for one profile.
  void LiftBrake(const ProfileKey& profile, bool is_lifted);

  // One round of all workloads: read -> weigh -> forecast -> decide -> brake -> publish -> act.
  TickReport Step();

  static constexpr Duration kTimeThatCanWait = std::chrono::seconds(5);

 private:
  struct Entry {
    WorkloadLoop loop;
    Rollout rollout;
    bool is_direct = false;
    bool is_brake_lifted = false;
    std::optional<ParkedState> parked{};  // as of the last step
    std::string why_paused{};
  };

  WorkloadStatus StepOne(Entry& entry, TimePoint now);
  // Of all decisions together: none of them is followed yet.
  void Brake(TimePoint now, const std::vector<Entry*>& entries,
             std::vector<WorkloadStatus>& statuses);
  void Finish(Entry& entry, WorkloadStatus& status);

  const Clock& clock_;
  ScaleTarget& target_;
  DecisionBoard& board_;
  StepBudget budget_;
  WorkloadLoopOptions options_;
  int threads_;
  std::map<ProfileKey, Entry> entries_;
  FleetBrake brake_;
  bool is_brake_lifted_ = false;
  std::size_t first_ = 0;  // who begins, so that nobody is always refused
};

// Steps every `interval` until `stop` is requested; `report` hears of each.
void RunLoop(ControlLoop& loop, const Clock& clock, Duration interval, const std::stop_token& stop,
             const std::function<void(const TickReport&)>& report);

}  // namespace loadcurve
