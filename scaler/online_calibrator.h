#pragma once

#include <optional>

#include "base/units.h"
#include "metrics/cpu_source.h"
#include "metrics/metric_source.h"
#include "metrics/online_calibration.h"
#include "scaler/scaling_profile.h"
#include "scaler/steady_record.h"

namespace loadcurve {

// When one workload is calibrated while it is served, and on what evidence. Not thread-safe.
class OnlineCalibrator {
 public:
  // `cpu` outlives it; `offset` is how much later than its first step the first attempt is.
  OnlineCalibrator(CpuSource& cpu, const CalibrationSpec& spec, Duration offset);

  // How many replicas are ready, if that is known, at each step.
  void Note(TimePoint now, std::optional<Replicas> ready);

  // There was an attempt before this calibrator began.
  void NoteAttempt(TimePoint time) { before_ = time; }

  bool IsDue(TimePoint now);

  // Reads the recent past of requests and CPU, and judges the costs of `in_force` by it. The next
  // attempt is due `every` later, whatever comes of it.
  OnlineCalibration Try(TimePoint now, MetricSource& requests, const ScalingProfile& in_force);

 private:
  [[nodiscard]] Result<CalibrationEvidence> Gather(TimePoint now, Duration step,
                                                   MetricSource& requests);

  CpuSource* cpu_;
  CalibrationSpec spec_;
  Duration offset_;
  SteadyRecord<Replicas> ready_;
  std::optional<TimePoint> before_;
  std::optional<TimePoint> next_at_;
};

}  // namespace loadcurve
