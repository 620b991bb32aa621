#pragma once

#include <cstddef>
#include <deque>
#include <list>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "metrics/capacity/capacity_change.h"
#include "metrics/capacity/capacity_watch_state.h"
#include "metrics/capacity/cpu_shift.h"
#include "metrics/capacity/production_capacity.h"
#include "metrics/capacity/replica_window.h"
#include "metrics/replica_capacity.h"

namespace loadcurve {

struct CapacityWatchOptions {
  ReplicaLimits limits{};
  // New replicas burn more CPU for so long; what they do then says nothing.
  Duration warm_up = std::chrono::minutes(3);
  // Of the time after that no change is told sooner, and a revision without one is called unchanged
  // then.
  Duration shortest_trial = std::chrono::minutes(3);
  Duration longest_trial = std::chrono::minutes(30);
  // What is known of a revision that nothing is before, until its windows tell it better; at all of
  // what binds.
  std::optional<ReplicaCapacity> given{};
  // Whether windows are to tell a capacity by themselves, by the latency target of `limits`; else
  // they tell how revisions differ and no more.
  bool estimates = true;
};

// What is told once of a new revision.
struct RevisionNews {
  TimePoint at{};  // end of the window that decided it
  std::string before{};
  std::string after{};
  CapacityChange change = CapacityChange::kUnchanged;  // of the capacity
  double cpu_ratio = 1;  // CPU of a unit of load, after / before, with its 90 % interval
  double low = 1;
  double high = 1;

  bool operator==(const RevisionNews&) const = default;
};

// What the present revision is to the one that it is held against.
struct RevisionShift {
  std::string before{};
  ShiftVerdict verdict = ShiftVerdict::kOpen;
  double cpu_ratio =
      1;  // CPU of a unit of load, with its 90 % interval; it narrows with each window
  double low = 1;
  double high = 1;
  double limit_ratio = 1;  // of the CPU limits of a replica; 1 where one is not known
};

// What one replica carries now, as far as it is known.
struct PresentCapacity {
  std::optional<ReplicaCapacity> capacity{};  // its `low` is the bound to rely on
  bool is_inherited = false;                  // from the revision before, with a wide interval
  // How its own windows tell it; not known where it was inherited or given.
  Standing standing = Standing::kUnknown;
  std::vector<std::string> reasons{};  // why there is none, or what is missing
};

// Watches the windows of one workload as they come, revision by revision, and tells what one
// replica carries. Windows of different weights versions never meet.
//
// A new revision begins with the capacity of the one before, which may be wrong by half (the
// interval is widened by a factor of 1.5 both ways); each window after the warm-up corrects it and
// narrows it, by what the CPU is to that before at the same load (a normal prior of the logarithm).
// Once its own windows tell its capacity better than that, they do. A revision that comes back
// finds what was learnt of it; four are kept.
//
// Windows of several revisions at once, and those within `warm_up` after a revision began or after
// the ready replicas grew by a fifth, are left out. A machine without clock or chance; not
// thread-safe.
class CapacityWatch {
 public:
  explicit CapacityWatch(CapacityWatchOptions options) : options_(std::move(options)) {}

  // The next window; news where it decides about a revision, once for each of them.
  std::optional<RevisionNews> Observe(const ReplicaWindow& window,
                                      std::string_view weights_version);

  // Of the revision that was observed last. Windows are fitted anew as they grow by a tenth, so
  // most calls are cheap.
  PresentCapacity Present();

  bool is_warming() const { return is_warming_; }

  // When the replicas that are new by now are warm; absent where none ever was.
  std::optional<TimePoint> WarmAt() const;

  // The CPU limit of a replica from now on; absent where it is not known.
  void UseCpuLimit(std::optional<CpuCores> limit);

  // The revision that was observed last; empty before the first.
  std::string_view revision() const;
  // What another process needs to go on; absent before the first window.
  std::optional<CapacityWatchState> State();
  // Goes on where another watch of the same options ended: what this one knew is dropped. Windows
  // that tell a capacity by themselves are not kept; these are observed anew.
  void Resume(const CapacityWatchState& state);

  // Absent where it is held against none.
  std::optional<RevisionShift> Shift() const;

 private:
  struct Revision {
    std::string weights_version;
    std::string name;
    std::deque<ReplicaWindow> windows;
    std::optional<CpuCores> limit;
    std::optional<RevisionLine> line;
    std::size_t since_line = 0;                // windows since it was drawn
    std::optional<RevisionComparison> before;  // what it is held against
    std::optional<ProductionCapacity> own;
    std::size_t fitted_windows = 0;  // of how many `own` is
    std::size_t since_fit = 0;       // windows since then
  };

  void GoTo(const ReplicaWindow& window, std::string_view weights_version);
  bool IsWarm(const ReplicaWindow& window);
  std::optional<RevisionNews> Judge(const ReplicaWindow& window);
  static void UpdateLine(Revision& revision);
  std::optional<RevisionComparison> ComparisonFor(const ReplicaWindow& first, Revision& before);
  CpuShift ShiftFor(const ReplicaWindow& first, const CpuNoise& noise) const;
  const std::optional<ProductionCapacity>& OwnOf(Revision& revision) const;
  static std::optional<ReplicaCapacity> Inherited(const Revision& revision);
  static double LimitRatio(const Revision& revision);
  Revision* Current() { return revisions_.empty() ? nullptr : &revisions_.front(); }

  CapacityWatchOptions options_;
  std::list<Revision> revisions_;  // the latest first
  std::optional<TimePoint> warm_from_;
  double ready_ = 0;
  bool is_warming_ = false;
};

}  // namespace loadcurve
