#pragma once

#include <cstddef>
#include <deque>
#include <optional>
#include <string>
#include <vector>

#include "metrics/capacity/cpu_shift.h"
#include "metrics/capacity/replica_window.h"
#include "metrics/replica_capacity.h"
#include "metrics/weight_fit.h"

namespace loadcurve {

// What is known of the CPU of one revision over load: what another one is held against.
struct RevisionLine {
  // Of windows in order of time that have CPU. Absent where they are too few, or the CPU does not
  // rise with the load.
  static std::optional<RevisionLine> Of(const std::deque<ReplicaWindow>& windows);

  // log(CPU / line) of a window that has CPU; 0 where the line is not above 0 there.
  double OffsetOf(const ReplicaWindow& window) const;
  // The standard error of the logarithm of the line at a load, by the jackknife (Quenouille 1956);
  // 1 where nothing is known of it.
  double ErrorAt(double load) const;

  std::string revision{};
  LineFit line{};
  std::vector<LineFit> others{};  // without one part of the windows after the other
  CpuNoise noise{};
  std::size_t windows = 0;                    // that it was fitted to
  std::optional<ReplicaCapacity> capacity{};  // of the revision, where it was known
  std::optional<CpuCores> limit{};            // of a replica

  bool operator==(const RevisionLine&) const = default;
};

}  // namespace loadcurve
