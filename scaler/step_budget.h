#pragma once

#include <atomic>

#include "base/clock.h"
#include "base/units.h"

namespace loadcurve {

// How long one step may take up work that can wait: reading weeks of the past, and making
// forecasts anew. Whoever is refused does without and asks again at the next step, so that ten
// thousand workloads that begin at once are measured at the first step and learnt one by one.
// Thread-safe.
class StepBudget {
 public:
  // `clock` outlives it.
  StepBudget(const Clock& clock, Duration span) : clock_(clock), span_(span) {}

  // A step begins now.
  void Begin() { ends_at_ = clock_.MonotonicNow() + span_; }

  // Whether such work may begin; it may end later.
  bool HasTime() const { return clock_.MonotonicNow() < ends_at_.load(); }

 private:
  const Clock& clock_;
  const Duration span_;
  std::atomic<Duration> ends_at_{Duration(0)};
};

}  // namespace loadcurve
