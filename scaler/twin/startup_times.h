#pragma once

#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "base/result.h"
#include "base/units.h"

namespace loadcurve::twin {

// How replicas differ in the time from their order to their first request.
class StartupTimes {
 public:
  // All alike; `time` >= 0.
  explicit StartupTimes(Duration time) : times_{time}, planned_(time) {}

  // Lognormal: half of them are there after `p95` / `spread`, all but 5 % after `p95`. Cut into
  // 1000 equally likely times, so that the longest is the 0.9995 quantile. kInvalidArgument: p95
  // below 0, or a spread outside [1, 10]; at 1 all are alike.
  [[nodiscard]] static Result<StartupTimes> Spread(Duration p95, double spread);

  // Each of these is as likely as another, in whatever order they come. kInvalidArgument: none, or
  // one below 0.
  [[nodiscard]] static Result<StartupTimes> Measured(std::span<const Duration> times);

  // What policies plan with: the 0.95 quantile, or what was stated instead.
  Duration planned() const { return planned_; }
  StartupTimes PlannedWith(Duration planned) const { return StartupTimes(times_, planned); }
  Duration longest() const { return times_.back(); }
  bool has_one_time() const { return times_.front() == times_.back(); }

  // The time of the replica ordered as number `order` of a run, from the seed alone: the same
  // number takes the same time under every policy.
  Duration Of(std::uint64_t order, std::uint64_t seed) const;

 private:
  StartupTimes(std::vector<Duration> times, Duration planned)
      : times_(std::move(times)), planned_(planned) {}

  std::vector<Duration> times_;  // rising, not empty, equally likely
  Duration planned_;
};

}  // namespace loadcurve::twin
