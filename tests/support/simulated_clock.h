#pragma once

#include <mutex>

#include "base/clock.h"

namespace loadcurve {

// A clock that only tests move. Sleeping moves it to the end of the sleep and returns at once.
// Thread-safe.
class SimulatedClock final : public Clock {
 public:
  explicit SimulatedClock(TimePoint now) : now_(now) {}

  TimePoint Now() const override {
    const std::lock_guard lock(mutex_);
    return now_;
  }

  Duration MonotonicNow() const override {
    const std::lock_guard lock(mutex_);
    return monotonic_;
  }

  void SleepUntil(Duration when, const std::stop_token& stop) const override {
    const std::lock_guard lock(mutex_);
    if (stop.stop_requested() || when <= monotonic_) return;
    now_ += when - monotonic_;
    monotonic_ = when;
  }

  // Time goes by.
  void Advance(Duration span) {
    const std::lock_guard lock(mutex_);
    now_ += span;
    monotonic_ += span;
  }

  // Someone sets the wall clock, back or forth; spans are as they were.
  void SetWall(TimePoint now) {
    const std::lock_guard lock(mutex_);
    now_ = now;
  }

 private:
  mutable std::mutex mutex_;
  mutable TimePoint now_;
  mutable Duration monotonic_{std::chrono::hours(1)};
};

}  // namespace loadcurve
