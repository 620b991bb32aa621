#pragma once

#include <cstdint>
#include <optional>

#include "base/result.h"
#include "base/units.h"

namespace loadcurve {

// What one replica had used, and could use, at a moment. What cannot be told is absent: absent is
// not zero. Sums count from the start of the replica and never fall while `start_id` stays.
struct ReplicaObservation {
  TimePoint at;  // when it was read

  std::optional<double> cpu_seconds;        // used so far, over all threads and children
  std::optional<double> throttled_seconds;  // held back by the CPU limit so far, added up over
                                            // CPUs as cgroups do (throttled_usec)
  std::optional<double> cpu_limit_cores;    // CPU seconds a second that it may use; absent where
                                            // there is no limit
  std::optional<double> machine_cores;      // CPUs it may run on, whatever its limit

  // Of the CPUs it may run on: what all did there so far, the replica too, without what gives way
  // to it; and how long its threads were ready to run and had none, added up over them.
  std::optional<double> machine_busy_seconds;
  std::optional<double> cpu_wait_seconds;

  std::optional<std::uint64_t> memory_bytes;  // that cannot be reclaimed, as the limit sees it
  std::optional<std::uint64_t> memory_limit_bytes;  // absent where there is no limit

  std::optional<double> threads;     // of the operating system
  std::optional<double> busy_slots;  // workers, threads or connections at work, by its own gauge
  std::optional<double> slot_limit;  // how many of these there are

  // Context switches so far. Voluntary: it waited, for a lock, a peer or the disk. Involuntary:
  // the CPU was taken away.
  std::optional<std::uint64_t> voluntary_switches;
  std::optional<std::uint64_t> involuntary_switches;

  bool is_alive = true;
  // Differs from one start of the replica to the next (the time at which its process or container
  // began, in whatever unit); sums begin anew then. 0 where it cannot be told.
  std::uint64_t start_id = 0;
};

// SEAM: watches one replica while a ramp puts load on it.
//
// Observe() is called about once a second, from one thread, and must not take longer than a part
// of that. A replica that is gone is an observation with `is_alive` false, not an error. An error
// is an observation that was lost: kUnavailable and kDeadlineExceeded may pass, others will not.
class ReplicaObserver {
 public:
  virtual ~ReplicaObserver() = default;
  [[nodiscard]] virtual Result<ReplicaObservation> Observe() = 0;
};

}  // namespace loadcurve
