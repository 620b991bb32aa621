#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <vector>

#include "metrics/capacity/ramp_step.h"
#include "metrics/capacity/replica_window.h"

namespace loadcurve {

// Windows of production that bore about the same load: what a step is to a ramp.
struct LoadLevel {
  MetricsQps load;  // means over its windows, of one replica
  double rate = 0;
  double held = 0;
  std::optional<double> cpu_cores{};
  double mean_seconds = 0;  // that a request is held
  double tail_seconds = 0;  // the median of the windows'
  double replicas = 0;
  std::vector<std::size_t> windows{};  // indices
};

// Up to 20 levels, evenly spaced over the loads that were seen, the least first. Levels with fewer
// than three windows join the one below. `windows` may be empty.
std::vector<LoadLevel> LoadLevelsOf(std::span<const ReplicaWindow> windows);

// The same level of other windows, by their indices, which may repeat: for resampling.
LoadLevel LevelOf(std::span<const ReplicaWindow> windows, std::vector<std::size_t> indices);

// As a step of a ramp with one replica and rates in mean requests of the mix, of which one weighs
// `load_of_request`: so that what reads ramps reads production too. Its verdict is late where
// clearly more than `allowed_late` of the requests were, else good.
RampStep StepOf(std::span<const ReplicaWindow> windows, const LoadLevel& level,
                double load_of_request, Ratio allowed_late);

}  // namespace loadcurve
