#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "base/units.h"
#include "metrics/capacity/replica_use.h"

namespace loadcurve {

// What became of the requests to one replica during an interval, and what it used.
struct ReplicaInterval {
  std::uint64_t scheduled = 0;  // due
  std::uint64_t answered = 0;   // with any status
  std::uint64_t ended = 0;      // answered or failed
  std::uint64_t late = 0;       // of those ended: later than the latency target, or not answered
  std::uint64_t errors = 0;     // of those ended: server errors, and failures of the replica
  std::uint64_t overdue = 0;    // at the end: under way, and later than the latency target
  ReplicaUse use{};
};

// What became of the requests of one route, over all replicas.
struct RouteInterval {
  std::uint64_t answered = 0;
  double held_seconds = 0;  // from sending to the last byte, added up
};

// What a ramp met while it held one rate for a short while: about a second, always the same.
struct RampInterval {
  TimePoint from{};
  TimePoint to{};
  double mean_seconds = 0;      // latency of those answered; 0 where none was
  double median_seconds = 0;    // quantiles of latency, of those ended
  double quantile_seconds = 0;  // at the level that the target speaks of
  double mean_in_flight = 0;    // over all replicas
  bool is_observed = true;      // what the replicas used was read, or nobody watches it
  bool is_late_itself = false;  // requests went out late by a fault of the generator
  std::vector<ReplicaInterval> replicas{};
  std::vector<RouteInterval> routes{};

  double Length() const { return Seconds(to - from); }
};

}  // namespace loadcurve
