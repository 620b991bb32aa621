#include "adapters/sample_service/cpu_sampler.h"

#include <fmt/format.h>

#include "adapters/sample_service/cpu_time.h"
#include "base/time_text.h"

namespace loadcurve::sample {
namespace {

struct Reading {
  TimePoint time;
  Duration monotonic{0};
  Duration cpu{0};
};

Result<Reading> Read(pid_t pid, const Clock& clock) {
  LC_TRY(const Duration cpu, CpuTimeOf(pid));
  return Reading{.time = clock.Now(), .monotonic = clock.MonotonicNow(), .cpu = cpu};
}

Duration UntilNextMultiple(TimePoint now, Duration step) {
  return step - now.time_since_epoch() % step;
}

}  // namespace

Result<std::vector<CpuSample>> SampleCpu(pid_t pid, Duration step, const Clock& clock,
                                         const std::stop_token& stop) {
  std::vector<CpuSample> samples;
  LC_TRY(Reading before, Read(pid, clock));
  bool is_aligned = false;
  while (true) {
    clock.SleepUntil(clock.MonotonicNow() + UntilNextMultiple(clock.Now(), step), stop);
    if (stop.stop_requested()) return samples;
    const Result<Reading> now = Read(pid, clock);
    if (!now) return samples;
    if (is_aligned) {
      const double span_seconds = Seconds(now->monotonic - before.monotonic);
      samples.push_back({now->time, CpuCores(Seconds(now->cpu - before.cpu) / span_seconds)});
    }
    is_aligned = true;
    before = *now;
  }
}

std::string ToCsv(std::span<const CpuSample> samples) {
  std::string text = "time,cpu_cores\n";
  for (const CpuSample& sample : samples)
    text += fmt::format("{},{:.6f}\n", ToRfc3339(sample.time), sample.cores.value());
  return text;
}

}  // namespace loadcurve::sample
