#pragma once

#include <cstdint>
#include <vector>

#include "metrics/capacity/production_windows.h"
#include "tests/support/simulated_service.h"

namespace loadcurve::testing {

// A simulated service in production: its load follows a day, wanders about it, and nobody stops
// at its limit to look.
struct SimulatedProduction {
  SimulatedShape shape;
  double most_rate = 100;  // requests a second and replica, at the height of the day
  std::size_t replicas = 1;
  double target_seconds = 0.1;
  int windows = 120;
  double window_seconds = 15;
  double cpu_noise = 0.03;  // of what is measured, relative
  std::uint64_t seed = 1;

  // In weights that know what each route burns.
  std::vector<ReplicaWindow> Windows() const;
};

}  // namespace loadcurve::testing
