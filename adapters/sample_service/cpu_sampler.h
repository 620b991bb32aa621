#pragma once

#include <sys/types.h>

#include <span>
#include <stop_token>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "base/units.h"

namespace loadcurve::sample {

// CPU used over (the time of the sample before, `time`].
struct CpuSample {
  TimePoint time;
  CpuCores cores;
};

// Reads the CPU time of `pid` at each whole multiple of `step` since 1970, until `stop` or
// until the program ends. The first reading only opens the first sample. kNotFound where
// nothing of that id runs.
[[nodiscard]] Result<std::vector<CpuSample>> SampleCpu(pid_t pid, Duration step, const Clock& clock,
                                                       const std::stop_token& stop);

// "time,cpu_cores" and a line a sample; times in RFC 3339.
std::string ToCsv(std::span<const CpuSample> samples);

}  // namespace loadcurve::sample
