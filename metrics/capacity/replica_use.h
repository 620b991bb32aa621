#pragma once

#include <optional>
#include <vector>

#include "metrics/capacity/replica_observer.h"

namespace loadcurve {

// What one replica used between two observations. What could not be told is absent.
struct ReplicaUse {
  TimePoint from{};  // of the two observations, which need not be those of the interval
  TimePoint to{};
  std::optional<double> cpu_cores;        // CPU seconds a second
  std::optional<double> cpu_limit_cores;  // set for it
  std::optional<double> machine_cores;    // there are
  std::optional<double> throttled_share;  // seconds held back by the limit, a second; may
                                          // exceed 1 where several CPUs were
  std::optional<double> others_cores;     // CPU that others took of those it may run on
  std::optional<double> cpu_wait_share;   // seconds without the CPU it was ready for, a second;
                                          // added up over threads
  std::optional<double> memory_bytes;     // at the end
  std::optional<double> memory_limit_bytes;
  std::optional<double> busy_slots;  // at the end
  std::optional<double> slot_limit;
  std::optional<double> threads;            // at the end
  std::optional<double> switches_a_second;  // voluntary ones
  bool is_alive = true;
  bool has_restarted = false;

  // The CPU that it cannot exceed: its limit, else the machine's.
  std::optional<double> CpuCeiling() const;

  // True where others kept the CPU from it: all of the CPUs it may run on are used, it has less
  // than 0.85 of what it may use, others have a tenth and more of them, and its threads wait for a
  // CPU for a quarter of the time they run and more. False where any of this is not told.
  bool IsStarved() const;
};

// `before` was read earlier. After a restart sums are not told: they began anew.
ReplicaUse UseBetween(const ReplicaObservation& before, const ReplicaObservation& after);

// The mean of those that tell; alive where all are, restarted where any is.
ReplicaUse MeanUse(const std::vector<ReplicaUse>& uses);

}  // namespace loadcurve
