#include "base/clock.h"

#include <condition_variable>
#include <mutex>

namespace loadcurve {

TimePoint SystemClock::Now() const {
  return std::chrono::floor<Duration>(std::chrono::system_clock::now());
}

Duration SystemClock::MonotonicNow() const {
  return std::chrono::floor<Duration>(std::chrono::steady_clock::now().time_since_epoch());
}

void SystemClock::SleepUntil(Duration when, const std::stop_token& stop) const {
  std::mutex mutex;
  std::condition_variable_any wake;
  std::unique_lock lock(mutex);
  wake.wait_until(lock, stop, std::chrono::steady_clock::time_point(when), [] { return false; });
}

}  // namespace loadcurve
