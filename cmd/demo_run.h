#pragma once

#include <functional>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "adapters/logs/log_reader.h"
#include "adapters/sample_service/recording.h"
#include "base/clock.h"
#include "base/result.h"
#include "forecaster/load_forecast.h"
#include "metrics/calibration.h"
#include "metrics/capacity/ramp_result.h"
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
  // The recorded service stands for two replicas of half a core each.
  static constexpr Replicas kRecordedReplicas{2};
  static constexpr CpuCores kReplicaLimit{0.5};
  // The question put to the decision: two run now, and a new one needs two seconds.
  static constexpr Replicas kCurrentReplicas{2};
  static constexpr Duration kStartup = std::chrono::seconds(2);
  static constexpr Duration kStep = std::chrono::seconds(1);
  // The ramp: this share of the answers of one replica is to come within that time.
  static constexpr double kQuantile = 0.95;
  static constexpr Duration kLatencyTarget = std::chrono::milliseconds(500);
  static constexpr Duration kRampInterval = std::chrono::milliseconds(350);
  static constexpr Duration kLongestRamp = std::chrono::seconds(60);
};

// What the ramp at one replica told.
struct DemoRamp {
  // Absent where nothing can be told.
  std::optional<RampResult> result{};
  std::string target{};   // its URL
  double first_rate = 0;  // requests a second that it began with
  double most_rate = 0;   // and would not exceed
  TimePoint from{};
  TimePoint to{};
  // Why the decision does not count on it, a sentence; empty where it does.
  std::string doubt{};

  bool counts() const { return doubt.empty(); }
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
  WorkloadCalibration calibration;  // on the recording
  DemoRamp ramp;
  std::vector<DemoWindow> windows;  // in the weights of the profile
  LoadSeries series;
  ForecastReport forecast;
  ScalingProfile profile;
  ReplicaDecision decision;
};

// The files of a demo, within its folder.
struct DemoFiles {
  std::string access_log, log_format, cpu, ramp_events, profile, load, load_picture, ramp_picture,
      forecast_picture, result;
};
DemoFiles FilesIn(const std::string& folder);

// Records the sample service, calibrates on the files it left, tries by a ramp what one replica
// carries, then measures, forecasts and decides. Writes access_log, log_format, cpu, ramp_events,
// profile and load.
[[nodiscard]] Result<DemoOutcome> RunDemo(const DemoOptions& options, const Clock& clock);

}  // namespace loadcurve
