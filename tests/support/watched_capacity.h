#pragma once

#include <chrono>
#include <vector>

#include "metrics/capacity/capacity_watch_state.h"

namespace loadcurve {

// Revision "b" of 300 windows, 20 of which are held against "a", with all that can be known.
inline CapacityWatchState WatchedCapacity() {
  RevisionLine line{.revision = "a",
                    .line = {1.0 / 3, 0.005 / 7},
                    .others = {{0.3, 0.001 / 3}, {0.4, 0.002 / 3}},
                    .noise = CpuNoise::OfBlocks({0.1 / 3, 0.1 / 7}),
                    .windows = 960,
                    .limit = CpuCores(0.1)};
  line.capacity = ReplicaCapacity{.load = MetricsQps(100.0 / 3),
                                  .low = MetricsQps(30.1),
                                  .high = MetricsQps(35.7),
                                  .binding = BindingResource::kSlots,
                                  .weights_version = "cudgx"};
  RevisionLine own = line;
  own.revision = "b";
  own.windows = 300;
  const CpuShift::Parts parts{.least = 12,
                              .enough = 120,
                              .line_error = 0.02 / 3,
                              .offsets = std::vector<double>(20, -0.1234)};
  CpuShift shift(line.noise, parts);
  return {.revision = "b",
          .weights_version = "cudgx",
          .limit = CpuCores(0.2),
          .warm_from = TimePoint(std::chrono::hours(500'000)),
          .ready = 4,
          .line = own,
          .comparison = RevisionComparison{
              .before = line, .load = 1500.0 / 7, .windows = 20, .shift = shift}};
}

}  // namespace loadcurve
