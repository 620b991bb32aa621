#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <vector>

#include "base/units.h"
#include "metrics/capacity/load_levels.h"
#include "metrics/capacity/queue_curve.h"
#include "metrics/capacity/replica_window.h"
#include "metrics/capacity/scalability_fit.h"
#include "metrics/weight_fit.h"

namespace loadcurve {

// What the limits of one replica are, as far as they are known.
struct ReplicaLimits {
  double target_seconds = 0.5;  // of latency
  Ratio allowed_late{0.05};     // of the requests, beyond it
  std::optional<CpuCores> cpu{};
  // Workers, threads or connections; infinite where nothing limits them, absent where that is not
  // known.
  std::optional<double> slots{};
  std::optional<Bytes> memory{};  // beyond which it is killed
};

// One reading of what production windows say of the load that a replica carries. Loads are 0 where
// the windows say nothing of them.
struct ProductionFit {
  std::optional<LineFit> cpu{};       // cores over load
  std::optional<LineFit> memory{};    // MB over load
  std::optional<QueueCurve> queue{};  // the tail over the share of the CPU limit
  double light_seconds = 0;           // that a request is held where nothing queues
  double cpu_load = 0;                // all CPU used
  double memory_load = 0;             // all memory used
  double cpu_knee = 0;                // the target met, as the CPU fills up
  double slots_load = 0;              // the target met, as the slots do
  std::optional<ScalabilityFit> scalability{};
  double scalability_knee = 0;  // the target met, as whatever bends the throughput fills up
};

// Fits windows by their levels. CPU at its limit, or held back by it, is left out of the line: it
// no longer shows the load.
class ProductionFitter {
 public:
  // What is given outlives it; `load_of_request` > 0 is what a mean request weighs.
  ProductionFitter(std::span<const ReplicaWindow> windows, std::span<const LoadLevel> levels,
                   const ReplicaLimits& limits, double load_of_request);

  ProductionFit Fit() const;
  // The same of windows drawn anew, by their indices; with the scalability only where it
  // `has_scalability`.
  ProductionFit FitRows(const std::vector<std::ptrdiff_t>& rows, bool has_scalability) const;

  // True where the tail rises with load as the CPU does not explain: something else fills up.
  bool QueuesElsewhere(const ProductionFit& fit) const;

 private:
  std::vector<LoadLevel> LevelsOf(const std::vector<std::ptrdiff_t>& rows) const;
  std::optional<LineFit> CpuLine(const std::vector<std::ptrdiff_t>& rows) const;
  std::optional<LineFit> MemoryLine(const std::vector<std::ptrdiff_t>& rows) const;
  void AddCpu(const std::vector<LoadLevel>& levels, ProductionFit& fit) const;
  void AddScalability(const std::vector<LoadLevel>& levels, ProductionFit& fit) const;
  double LightSeconds(const std::vector<LoadLevel>& levels, const ProductionFit& fit) const;

  std::span<const ReplicaWindow> windows_;
  std::span<const LoadLevel> levels_;
  const ReplicaLimits& limits_;
  double load_of_request_;
  std::vector<std::size_t> level_of_window_;
};

}  // namespace loadcurve
