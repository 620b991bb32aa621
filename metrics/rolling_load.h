#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>

#include "base/result.h"
#include "base/units.h"
#include "metrics/compact_load.h"
#include "metrics/load_series.h"

namespace loadcurve {

// The load of the latest steps, filled and amended as windows become known.
//
// Windows start at whole multiples of the step since 1970. The latest kExactWindows are kept to
// 7 digits, for decisions; those before in two bytes each, since thousands of workloads keep
// weeks of minutes to learn from: to within 0.04 %, see CompactLoad.
class RollingLoad {
 public:
  static constexpr std::int64_t kExactWindows = 128;

  // `step` > 0 and `most_steps` >= 1, else kInvalidArgument. `weights_version` as in
  // LoadSeries.
  [[nodiscard]] static Result<RollingLoad> Make(Duration step, std::size_t most_steps,
                                                std::string weights_version);

  Duration step() const { return step_; }

  // Sets the load of the window that starts at `start`, finite and >= 0. Windows between it
  // and those known before are missing; one older than what is kept is ignored.
  void Set(TimePoint start, MetricsQps load);

  // The load of that window; absent where it is missing or not kept.
  std::optional<MetricsQps> At(TimePoint start) const;

  // The start of the latest window that was set; absent where none was.
  std::optional<TimePoint> LatestStart() const;

  // The windows that start in [since, until), from the first known one on, with gaps.
  // Absent where none of them is known.
  std::optional<LoadSeries> Between(TimePoint since, TimePoint until) const;

 private:
  RollingLoad(Duration step, std::size_t most_steps, std::string weights_version);
  std::int64_t WindowOf(TimePoint start) const;
  std::int64_t end() const;
  float LoadOf(std::int64_t window) const;

  Duration step_;
  std::string weights_version_;
  std::size_t most_steps_;
  // Windows [first_, first_ + old_.size()), then those of recent_, NaN where missing.
  std::deque<CompactLoad> old_;
  std::deque<float> recent_;
  std::int64_t first_ = 0;
};

}  // namespace loadcurve
