#pragma once

#include <functional>
#include <stop_token>
#include <string>
#include <vector>

#include "adapters/sample_service/cpu_sampler.h"
#include "adapters/sample_service/day_plan.h"
#include "adapters/sample_service/load_driver.h"
#include "base/clock.h"
#include "base/result.h"

namespace loadcurve::sample {

struct RecordingOptions {
  // The program that serves, see ServiceChild; it writes `access_log`.
  std::vector<std::string> service;
  std::string access_log;
  DayPlan plan = {};
  Duration cpu_step{500'000};
  std::function<void(Duration elapsed)> on_progress = [](Duration) {};
};

// What really happened while the sample service was under load.
struct Recording {
  TimePoint began;  // of the load: a whole second
  TimePoint ended;  // of the plan
  std::vector<CpuSample> cpu;
  DriveReport drive;
};

// Starts the service, drives it through the plan from the next whole second on, samples its
// CPU, stops it. kCancelled once `stop` is requested; whatever happens, the service is gone on
// return.
[[nodiscard]] Result<Recording> Record(const RecordingOptions& options, const Clock& clock,
                                       const std::stop_token& stop);

}  // namespace loadcurve::sample
