#pragma once

#include <cstddef>
#include <deque>
#include <functional>
#include <optional>
#include <vector>

#include "base/units.h"
#include "forecaster/load_outlook.h"
#include "metrics/rolling_load.h"
#include "scaler/scaling_profile.h"

namespace loadcurve {

// The outlook of one workload, kept up with its measured load: each window is learnt once, in
// order. What was learnt is dropped, and the past learnt anew, where the past is found to be
// another (Restart), or has become twice as long as what is kept.
class WorkloadOutlook {
 public:
  // Of a profile with a capacity; `most_steps` > 0 of the past are kept elsewhere. Windows up to
  // `lateness` after the first one that is not known are asked for.
  WorkloadOutlook(const ScalingProfileFields& fields, Duration step, Duration lateness,
                  std::size_t most_steps);

  void Restart();

  // Learns the windows that end at `until` or before, kMostAtOnce of them; those that are no
  // demand (`is_demand`) as missing. `learnt` is called for each that was not, from the second time
  // on that something new is learnt. True where all of them are learnt.
  bool CatchUp(const RollingLoad& load, TimePoint until,
               const std::function<bool(TimePoint start)>& is_demand,
               const std::function<void(TimePoint start, MetricsQps load)>& learnt);

  // Absent until all windows up to the last CatchUp are learnt. Valid until the next call.
  std::optional<LoadOutlook> Get();

  // A second or less of work.
  static constexpr std::size_t kMostAtOnce = 5000;

 private:
  OutlookModel NewModel() const;

  std::size_t lead_;
  std::size_t day_;
  MetricsQps floor_;
  Duration step_;
  std::size_t most_steps_;
  OutlookModel model_;
  std::optional<TimePoint> next_;  // the first window that is not learnt
  bool is_caught_up_ = false;
  bool was_caught_up_ = false;
};

}  // namespace loadcurve
