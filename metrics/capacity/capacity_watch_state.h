#pragma once

#include <cstddef>
#include <optional>
#include <string>

#include "base/units.h"
#include "metrics/capacity/cpu_shift.h"
#include "metrics/capacity/revision_line.h"

namespace loadcurve {

// A revision that is held against the one before.
struct RevisionComparison {
  RevisionLine before{};
  double load = 0;          // of the windows held against it, added up
  std::size_t windows = 0;  // these
  CpuShift shift;
  bool is_told = false;

  bool operator==(const RevisionComparison&) const = default;
};

// What is kept of a CapacityWatch over a restart: of the present revision what the next one is held
// against, and how it stands itself. A comparison that is open goes on window by window; of one
// that was told the estimate stays as it was then.
struct CapacityWatchState {
  std::string revision{};
  std::string weights_version{};
  std::optional<CpuCores> limit{};       // of a replica
  std::optional<TimePoint> warm_from{};  // when replicas that were new then began
  double ready = 0;                      // replicas in the last window
  std::optional<RevisionLine> line{};    // of the present revision; absent where it is too young
  std::optional<RevisionComparison> comparison{};

  bool operator==(const CapacityWatchState&) const = default;
};

}  // namespace loadcurve
