#include "adapters/sample_service/cpu_time.h"

#include <fmt/format.h>

#include <atomic>
#include <cstdint>
#include <ctime>
#include <system_error>

namespace loadcurve::sample {
namespace {

using Nanoseconds = std::chrono::nanoseconds;

Nanoseconds Read(clockid_t clock) {
  timespec time{};
  if (clock_gettime(clock, &time) != 0) return Nanoseconds(-1);
  return std::chrono::seconds(time.tv_sec) + Nanoseconds(time.tv_nsec);
}

// Some 10 us of arithmetic that the compiler cannot drop.
void MixForAWhile() {
  static std::atomic<std::uint64_t> sink{1};
  std::uint64_t x = sink.load(std::memory_order_relaxed);
  for (int i = 0; i < 4'000; ++i) {
    x ^= x << 13;
    x ^= x >> 7;
    x ^= x << 17;
  }
  sink.store(x, std::memory_order_relaxed);
}

}  // namespace

Result<Duration> CpuTimeOf(pid_t pid) {
  clockid_t clock{};
  const int failure = clock_getcpuclockid(pid, &clock);
  const Nanoseconds used = failure == 0 ? Read(clock) : Nanoseconds(-1);
  if (used < Nanoseconds(0))
    return Fail(ErrorCode::kNotFound, fmt::format("no CPU time of pid {}: it has ended", pid));
  return std::chrono::floor<Duration>(used);
}

void BurnCpu(Duration cpu) {
  const Nanoseconds end = Read(CLOCK_THREAD_CPUTIME_ID) + cpu;
  while (Read(CLOCK_THREAD_CPUTIME_ID) < end) MixForAWhile();
}

}  // namespace loadcurve::sample
