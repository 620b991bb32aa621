#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "metrics/capacity/replica_observer.h"

namespace loadcurve::observation {

// What was done so far, since the machine started, on some of its CPUs.
struct MachineCpu {
  int cpus = 0;
  double busy_seconds = 0;    // at a usual priority or a higher one; without what was stolen
  double stolen_seconds = 0;  // by the hypervisor, for other machines
};

// Of the text of /proc/stat, over the CPUs that `list` names ("0-3,8"), all where it is empty. What
// ran at a lower priority (nice) gives way and does not count. Nothing where no CPU of it is there.
std::optional<MachineCpu> MachineCpuOf(std::string_view stat, std::string_view list);

// How many CPUs `cpus` names, all of the machine where it is empty; what was done on them; and what
// was stolen of them added to the wait for a CPU, where that is told. `proc` is the folder /proc.
void TakeMachine(const std::string& proc, std::string_view cpus, ReplicaObservation& seen);

// Seconds that the thread whose folder of /proc this is was ready to run and had no CPU; 0 where
// the kernel does not tell (schedstat).
double CpuWaitOf(const std::string& folder);

}  // namespace loadcurve::observation
