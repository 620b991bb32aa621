#pragma once

#include <optional>

#include "base/result.h"
#include "base/units.h"
#include "forecaster/load_forecast.h"
#include "metrics/load_series.h"
#include "scaler/scaling_profile.h"

namespace loadcurve {

// The forecast of one workload, made anew from time to time; in between the last one is used,
// whose horizon reaches far enough.
class WorkloadForecast {
 public:
  // Made anew after `every`, or ten steps where those are shorter. The first time is later by
  // `offset`, so that many workloads do not do it at once.
  WorkloadForecast(Duration step, Duration every, Duration offset);

  // Nothing is known in the present scale.
  void Forget();
  // What was learnt is old at `now`.
  void Expire(TimePoint now) { next_at_ = now; }
  bool IsDue(TimePoint now);
  // From now on a forecast reaches so much further than a start-up; one that does not is old.
  void ReachFor(Duration further);

  // Learns from the demand of the past; kept as it was where too little is known, and at an error.
  [[nodiscard]] Result<void> Learn(TimePoint now, const LoadSeries& past,
                                   const ScalingProfileFields& fields);

  // Absent until there was enough to learn from.
  const std::optional<ForecastReport>& report() const { return report_; }
  // The profile's quantile when a replica that is ordered at `now` is ready.
  std::optional<MetricsQps> WhenReady(TimePoint now, const ScalingProfileFields& fields) const;

 private:
  Duration step_;
  Duration every_;
  Duration offset_;
  Duration further_{0};
  std::optional<ForecastReport> report_;
  std::optional<TimePoint> next_at_;
};

}  // namespace loadcurve
