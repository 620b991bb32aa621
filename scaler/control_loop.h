#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "scaler/decision_board.h"
#include "scaler/scale_target.h"
#include "scaler/workload_loop.h"

namespace loadcurve {

// What one step of all workloads did, and how long its parts took.
struct TickReport {
  TimePoint began;
  std::size_t workloads = 0;
  std::size_t decided = 0;
  std::size_t failed = 0;  // workloads with a problem
  Duration took{0};
};

// What a loop needs to know of a workload.
struct LoopWorkload {
  ScalingProfile profile;
  std::unique_ptr<MetricSource> source;
  // Sets the replicas itself; else it only says how many there should be.
  bool is_direct = false;
};

// The loop of all workloads. Each fails alone. Not thread-safe, apart from the board.
class ControlLoop {
 public:
  // All outlive it. `threads` workloads are worked on at once, 0: as many as the machine has.
  ControlLoop(const Clock& clock, ScaleTarget& target, DecisionBoard& board,
              WorkloadLoopOptions options, int threads);

  // Adds a workload, or gives it another profile and source; measured load is kept where the
  // weights and the step are the same. kInvalidArgument as WorkloadLoop::Make.
  [[nodiscard]] Result<void> Set(LoopWorkload workload);
  void Remove(const ProfileKey& profile);

  // The count of that profile stays as it is, and `why`, until it is called with none: it is
  // measured and forecast on, and nothing is set.
  void Pause(const ProfileKey& profile, std::string why);

  // One round of all workloads: read -> weigh -> forecast -> decide -> publish -> act.
  TickReport Step();

 private:
  struct Entry {
    WorkloadLoop loop;
    bool is_direct = false;
    std::string why_paused{};
  };

  WorkloadStatus StepOne(Entry& entry, TimePoint now);

  const Clock& clock_;
  ScaleTarget& target_;
  DecisionBoard& board_;
  WorkloadLoopOptions options_;
  int threads_;
  std::map<ProfileKey, Entry> entries_;
};

// Steps every `interval` until `stop` is requested; `report` hears of each.
void RunLoop(ControlLoop& loop, const Clock& clock, Duration interval, const std::stop_token& stop,
             const std::function<void(const TickReport&)>& report);

}  // namespace loadcurve
