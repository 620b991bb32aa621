#pragma once

#include <functional>
#include <stop_token>
#include <string>
#include <vector>

#include "adapters/logs/log_reader.h"
#include "adapters/sample_service/recording.h"
#include "base/clock.h"
#include "base/result.h"
#include "forecaster/load_forecast.h"
#include "metrics/calibration.h"
#include "metrics/load_aggregator.h"
#include "scaler/replica_decision.h"
#include "scaler/scaling_profile.h"

namespace loadcurve {

struct DemoOptions {
  Duration duration = std::chrono::seconds(60);  // of the load: four short days
  std::uint64_t seed = 1;
  std::string folder;   // where the recording goes; it exists
  std::string program;  // this binary, which serves too
  std::stop_token stop;
  std::function<void(const std::string& what)> on_progress = [](const std::string&) {};
};

// What the demo supposes of the service it made up, and says so.
struct DemoSuppositions {
  static constexpr int kDays = 4;
  // The sample service stands for four replicas of a quarter of a core each.
  static constexpr Replicas kRecordedReplicas{4};
  static constexpr CpuCores kReplicaLimit{0.25};
  // The question put to the decision: two run now, and a new one needs two seconds.
  static constexpr Replicas kCurrentReplicas{2};
  static constexpr Duration kStartup = std::chrono::seconds(2);
  static constexpr Duration kStep = std::chrono::seconds(1);
};

// One window of the recording, as the plots show it.
struct DemoWindow {
  LoadSample sample;
  double cpu_cores = 0;  // NaN where the kernel was not read in time
};

// Everything the demo found out, each part by the function that the command of its name
// calls.
struct DemoOutcome {
  sample::Recording recording;
  logs::LogReading reading;
  WorkloadCalibration calibration;
  std::vector<DemoWindow> windows;
  LoadSeries series;
  ForecastReport forecast;
  ScalingProfile profile;
  ReplicaDecision decision;
};

// The files of a demo, within its folder.
struct DemoFiles {
  std::string access_log, log_format, cpu, profile, load, load_picture, forecast_picture;
};
DemoFiles FilesIn(const std::string& folder);

// Records the sample service, then measures, calibrates, forecasts and decides on the
// files it left. Writes access_log, log_format, cpu, profile and load.
[[nodiscard]] Result<DemoOutcome> RunDemo(const DemoOptions& options, const Clock& clock);

}  // namespace loadcurve
