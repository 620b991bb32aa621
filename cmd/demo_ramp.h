#pragma once

#include <optional>
#include <string>

#include "base/clock.h"
#include "base/result.h"
#include "cmd/demo_run.h"
#include "metrics/capacity/ramp_result.h"

namespace loadcurve {

// What the recording tells before the ramp.
struct DemoRecorded {
  const sample::Recording& recording;
  const WorkloadCalibration& calibration;
};

// Starts one replica of the sample service, which keeps itself to kReplicaLimit, and replays the
// recorded log at rising rates against it until it answers too late, within kLongestRamp. What
// happened goes to files.ramp_events.
//
// A ramp that could not tell (a busy machine) is no error: DemoRamp::doubt says why. kCancelled
// once the stop is requested; the replica is gone in any case.
[[nodiscard]] Result<DemoRamp> RunDemoRamp(const DemoOptions& options, const DemoRecorded& recorded,
                                           const Clock& clock);

}  // namespace loadcurve
