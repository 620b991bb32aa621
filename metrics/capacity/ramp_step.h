#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "base/units.h"
#include "metrics/capacity/ramp_interval.h"

namespace loadcurve {

// What a rate that was held showed.
enum class StepVerdict {
  kOpen,       // it is held still, or was cut short
  kGood,       // carried
  kLate,       // too many replicas answered too much too late
  kSaturated,  // requests come faster than they are answered
  kErrors,     // too many were refused or failed
  kDied,       // a replica ended, began anew, or answers nothing at all
};

// "open", "good", "late", "saturated", "errors", "died".
std::string_view Name(StepVerdict verdict);

enum class StepPurpose { kGrow, kStress, kRefine, kConfirm, kRest, kMix };

// "grow", "stress", "refine", "confirm", "rest", "mix".
std::string_view Name(StepPurpose purpose);

// Late requests against all, and how sure the share is. Late ones come in bursts, so `all` is
// worth fewer independent requests than it counts.
struct LateShare {
  double late = 0;
  double all = 0;
  double worth = 0;  // independent requests, <= all

  double value() const { return all > 0 ? late / all : 0; }
  // Ends of the 90 % interval (Wilson 1927).
  double Low() const;
  double High() const;
};

// One rate, held for a while.
struct RampStep {
  StepPurpose purpose = StepPurpose::kGrow;
  StepVerdict verdict = StepVerdict::kOpen;
  double rate = 0;            // asked of all replicas together, requests a second
  std::vector<double> mix{};  // shares of the routes; empty: those of the log
  std::vector<RampInterval> intervals{};
  std::size_t steady_from = 0;  // the first interval that counts

  std::span<const RampInterval> Steady() const;

  // All of the following over the steady intervals.
  double Length() const;        // seconds
  double AnsweredRate() const;  // of all replicas
  double ScheduledRate() const;
  double MeanLatency() const;    // seconds
  double MedianLatency() const;  // the mean of the intervals'
  double QuantileLatency() const;
  double MeanInFlight() const;
  double ErrorShare() const;
  LateShare Late() const;  // of all replicas
  LateShare LateOf(std::size_t replica) const;
  std::size_t replica_count() const;
  // Mean over time and replicas.
  ReplicaUse Use() const;
  // Of the fullest replica at the worst moment, whole step; 0 where it is not told.
  double MemoryShare() const;
};

}  // namespace loadcurve
