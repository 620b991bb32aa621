#pragma once

#include <sys/types.h>

#include "base/result.h"
#include "base/units.h"

namespace loadcurve::sample {

// CPU time, user and system, of all threads of a running program so far, from the kernel's
// scheduler (clock_getcpuclockid(3), not the tick counters of /proc/PID/stat, which are
// 10 ms coarse). kNotFound where it has ended.
[[nodiscard]] Result<Duration> CpuTimeOf(pid_t pid);

// Computes until the calling thread has used `cpu` of CPU time: waiting for a free core
// makes this take longer, and cost the same.
void BurnCpu(Duration cpu);

}  // namespace loadcurve::sample
