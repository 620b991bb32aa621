#pragma once

#include <chrono>
#include <stop_token>

#include "base/units.h"

namespace loadcurve {

// SEAM. What time it is, and waiting. Thread-safe.
class Clock {
 public:
  virtual ~Clock() = default;

  // Wall time in UTC, to tell people and to stamp samples; it may jump.
  virtual TimePoint Now() const = 0;

  // Time since some fixed instant, to measure spans; it never goes back.
  virtual Duration MonotonicNow() const = 0;

  // Returns at `when` (monotonic), or as soon as `stop` is requested.
  virtual void SleepUntil(Duration when, const std::stop_token& stop) const = 0;
};

// The machine's clock.
class SystemClock final : public Clock {
 public:
  TimePoint Now() const override;
  Duration MonotonicNow() const override;
  void SleepUntil(Duration when, const std::stop_token& stop) const override;
};

}  // namespace loadcurve
