#pragma once

#include <atomic>
#include <chrono>
#include <stop_token>

#include "base/clock.h"

namespace loadcurve {

// A clock that moves only when told to: a sleep ends at once, at its end. Wall time can jump
// either way without the monotonic time noticing. Thread-safe.
class SimulatedClock final : public Clock {
 public:
  explicit SimulatedClock(TimePoint start = std::chrono::sys_days(std::chrono::year(2026) / 10 /
                                                                  10))
      : wall_(start.time_since_epoch().count()) {}

  TimePoint Now() const override { return TimePoint(Duration(wall_.load())); }
  Duration MonotonicNow() const override { return Duration(monotonic_.load()); }
  void SleepUntil(Duration when, const std::stop_token& stop) const override {
    const Duration span = when - MonotonicNow();
    if (!stop.stop_requested() && span > Duration(0)) Advance(span);
  }

  // `const`, as the owner of a seam sees it: what moves is the world, not the seam.
  void Advance(Duration span) const {
    wall_ += span.count();
    monotonic_ += span.count();
  }
  void JumpWall(Duration span) const { wall_ += span.count(); }
  void SetWall(TimePoint now) const { wall_ = now.time_since_epoch().count(); }

 private:
  mutable std::atomic<Duration::rep> wall_;
  mutable std::atomic<Duration::rep> monotonic_{1'000'000'000};
};

}  // namespace loadcurve
