#pragma once

#include <sys/types.h>

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "metrics/capacity/replica_observer.h"

namespace loadcurve::observation {

// Watches a process of this machine, and all that descends from it, by /proc.
//
// CPU is to the 10 ms of the kernel's ticks. Of a child that has ended the parent's own sum tells,
// once it has waited for it; the sum here never falls meanwhile. Memory is what is resident and
// cannot be dropped (RssAnon + RssShmem); memory that processes share counts for each of them.
// Context switches and waits for a CPU are those of threads that were seen at least once. A process
// alone has no CPU and no memory limit: those are its cgroup's, see CgroupObserver.
class PidObserver final : public ReplicaObserver {
 public:
  // kNotFound where no such process runs. `clock` outlives it. `proc` is for tests.
  [[nodiscard]] static Result<std::unique_ptr<PidObserver>> Make(pid_t pid, const Clock& clock,
                                                                 std::string proc = "/proc");

  // Another process that got the same id is not the replica: it is gone.
  [[nodiscard]] Result<ReplicaObservation> Observe() override;

 private:
  PidObserver(pid_t pid, const Clock& clock, std::string proc, std::uint64_t began)
      : pid_(pid), clock_(clock), proc_(std::move(proc)), began_(began) {}

  // Of a thread, so far.
  struct Sums {
    std::uint64_t voluntary = 0;  // context switches
    std::uint64_t involuntary = 0;
    double cpu_wait_seconds = 0;
  };
  using ByThread = std::map<pid_t, Sums>;

  // The process and its descendants, those it has now.
  std::vector<pid_t> Family() const;
  void AddThreads(pid_t pid, ByThread& seen) const;
  Sums SumsWith(ByThread seen);

  const pid_t pid_;
  const Clock& clock_;
  const std::string proc_;
  const std::uint64_t began_;  // in ticks after the machine's start
  double cpu_seconds_ = 0;
  ByThread threads_;  // as last seen
  Sums ended_;        // of threads that are no more
};

}  // namespace loadcurve::observation
