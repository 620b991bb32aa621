#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/units.h"
#include "metrics/request_counts.h"
#include "metrics/request_weights.h"

namespace loadcurve {

// The load over one window. A window without any request is not a sample: absent is
// neither zero nor idle. Of load that a source tells itself there are no requests.
struct LoadSample {
  TimePoint window_start;
  std::uint64_t requests = 0;  // that ended in the window
  std::uint64_t errors = 0;    // of these, failed
  BusySlots concurrency;       // busy seconds per second, also of requests that ended later
  BusySlots long_lived;        // the part of it held by long-lived requests
  MetricsQps load;             // in the scale of the weights it was measured with
  // False while a request may still be running that began in this window: the load is
  // then a lower bound.
  bool is_complete = true;

  double Qps(Duration window) const { return static_cast<double>(requests) / Seconds(window); }
};

}  // namespace loadcurve
