#include "cmd/demo_run.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <limits>
#include <utility>

#include "adapters/cpu_log/cpu_file.h"
#include "adapters/files/whole_file.h"
#include "adapters/profile_codec/profile_codec.h"
#include "adapters/sample_service/access_log.h"
#include "base/time_text.h"
#include "cmd/calibration_report.h"
#include "cmd/capacity_profile.h"
#include "cmd/demo_ramp.h"
#include "cmd/output.h"
#include "metrics/request_weights.h"

namespace loadcurve {
namespace {

using Suppose = DemoSuppositions;

// What 'loadcurve calibrate' counts in where CPU comes every second.
constexpr Duration kCountingStep = std::chrono::milliseconds(10);

Duration DayOf(const DemoOptions& options) {
  return options.duration / Suppose::kDays;
}

Result<sample::Recording> Record(const DemoOptions& options, const DemoFiles& files,
                                 const Clock& clock) {
  sample::RecordingOptions recording;
  recording.service = {options.program, "serve-sample",
                       "--access-log",  files.access_log,
                       "--seed",        std::to_string(options.seed),
                       "--parent",      std::to_string(getpid())};
  recording.plan = {.length = options.duration, .day = DayOf(options), .seed = options.seed};
  recording.cpu_step = Suppose::kStep;
  recording.on_progress = [&](Duration elapsed) {
    options.on_progress(fmt::format("recording the sample service: {:.0f} of {:.0f} s",
                                    Seconds(elapsed), Seconds(options.duration)));
  };
  LC_TRY(sample::Recording done, sample::Record(recording, clock, options.stop));
  LC_TRY_VOID(files::WriteFileAtomically(files.cpu, sample::ToCsv(done.cpu)));
  LC_TRY_VOID(files::WriteFileAtomically(files.log_format, sample::kLogFormat));
  return done;
}

Result<logs::LogReading> Read(const DemoFiles& files, const sample::Recording& recording,
                              Duration step, const std::stop_token& stop) {
  logs::LogOptions options;
  options.paths = {files.access_log};
  options.format = sample::kLogFormat;
  options.classifier.by_route = true;
  options.step = step;
  // The last answers came after the load had ended.
  options.until = recording.ended;
  options.stop = stop;
  return logs::ReadLogs(options);
}

Result<WorkloadCalibration> CalibrateOn(const DemoFiles& files, const RequestCounts& counts) {
  LC_TRY(const cpu_log::CpuByWorkload cpu, cpu_log::ReadCpu(files.cpu));
  CalibrationOptions options;
  options.replicas = Suppose::kRecordedReplicas;
  options.cpu_limit = Suppose::kReplicaLimit;
  options.has_cpu_limit = true;
  return Calibrate(counts, "", cpu.at(""), options);
}

// CPU over each window: what the samples whose middle lies in it say.
std::vector<DemoWindow> WithCpu(const std::vector<LoadSample>& samples,
                                const std::vector<sample::CpuSample>& cpu) {
  std::vector<DemoWindow> windows;
  for (const LoadSample& sample : samples) {
    double sum = 0;
    int count = 0;
    for (const sample::CpuSample& reading : cpu) {
      const TimePoint middle = reading.time - Suppose::kStep / 2;
      if (middle < sample.window_start || middle >= sample.window_start + Suppose::kStep) continue;
      sum += reading.cores.value();
      ++count;
    }
    windows.push_back({sample, count > 0 ? sum / count : std::numeric_limits<double>::quiet_NaN()});
  }
  return windows;
}

Result<LoadSeries> SeriesOf(const std::vector<DemoWindow>& windows, const std::string& version) {
  if (windows.empty())
    return Fail(ErrorCode::kInsufficientData, "the recording holds no whole window of requests");
  const TimePoint start = windows.front().sample.window_start;
  const TimePoint end = windows.back().sample.window_start + Suppose::kStep;
  std::vector<double> values(static_cast<std::size_t>((end - start) / Suppose::kStep),
                             std::numeric_limits<double>::quiet_NaN());
  for (const DemoWindow& window : windows)
    values[static_cast<std::size_t>((window.sample.window_start - start) / Suppose::kStep)] =
        window.sample.load.value();
  return LoadSeries::Make(start, Suppose::kStep, std::move(values), version);
}

// The columns of 'loadcurve measure -o csv'.
std::string LoadCsv(const std::vector<DemoWindow>& windows) {
  Table table{{"time", "requests", "qps", "concurrency", "metricsqps", "errors"}, {}};
  for (const DemoWindow& window : windows) {
    const LoadSample& sample = window.sample;
    table.rows.push_back({ToRfc3339(sample.window_start), std::to_string(sample.requests),
                          ExactNumber(sample.Qps(Suppose::kStep)),
                          ExactNumber(sample.concurrency.value()), ExactNumber(sample.load.value()),
                          std::to_string(sample.errors)});
  }
  return ToCsv(table);
}

// What a ramp that counts makes of the profile that calibrate wrote.
Result<ScalingProfile> WithRamp(const ScalingProfile& calibrated, const DemoRamp& ramp) {
  LC_TRY(const CapacityFound capacity, FoundByRamp(*ramp.result, ramp.to));
  LC_TRY(const ScalingProfile found, WithCapacity(KeptProfile{"", calibrated}, capacity));
  if (ramp.result->calibration.verdict == CalibrationVerdict::kFitted) return found;
  // Weights are those of the recording still, and so is what is told of them.
  ScalingProfileFields fields = found.fields();
  fields.calibration = calibrated.fields().calibration;
  return ScalingProfile::Make(std::move(fields));
}

// The profile that calibrate writes and the ramp completes, with the pace of a day that lasts
// seconds.
Result<ScalingProfile> ProfileFor(const DemoOptions& options,
                                  const WorkloadCalibration& calibration, const DemoRamp& ramp,
                                  const ProfileFacts& facts) {
  LC_TRY(ScalingProfile calibrated, ToProfile(calibration, facts));
  if (ramp.counts()) {
    LC_TRY(calibrated, WithRamp(calibrated, ramp));
  }
  ScalingProfileFields fields = calibrated.fields();
  fields.startup = Suppose::kStartup;
  fields.forecast.step = Suppose::kStep;
  fields.forecast.season = DayOf(options);
  fields.forecast.horizon = DayOf(options);
  fields.behavior.scale_down_window = Suppose::kStartup;
  return ScalingProfile::Make(std::move(fields));
}

// On what 'loadcurve decide' reads from the profile and the measured load.
Result<ReplicaDecision> DecideOn(const LoadSeries& series, const LoadSample& latest,
                                 const ScalingProfile& profile) {
  const ScalingProfileFields& fields = profile.fields();
  LC_TRY(const ForecastReport report,
         ForecastLoad(series, {.horizon = static_cast<std::size_t>(*fields.forecast.horizon /
                                                                   Suppose::kStep),
                               .levels = {fields.objective.quantile},
                               .seasons = {*fields.forecast.season}}));
  DecisionInputs inputs;
  inputs.current = Suppose::kCurrentReplicas;
  inputs.now = series.end();
  inputs.measured = &series;
  inputs.forecast = &report.forecast;
  inputs.busy_slots = latest.concurrency;
  inputs.error_share = Ratio(static_cast<double>(latest.errors) /
                             static_cast<double>(std::max<std::uint64_t>(latest.requests, 1)));
  return Decide(inputs, profile);
}

}  // namespace

DemoFiles FilesIn(const std::string& folder) {
  return {.access_log = folder + "/access.log",
          .log_format = folder + "/log_format",
          .cpu = folder + "/cpu.csv",
          .ramp_events = folder + "/ramp.jsonl",
          .profile = folder + "/profile.yaml",
          .load = folder + "/load.csv",
          .load_picture = folder + "/load.svg",
          .ramp_picture = folder + "/ramp.svg",
          .forecast_picture = folder + "/forecast.svg",
          .result = folder + "/result.json"};
}

Result<DemoOutcome> RunDemo(const DemoOptions& options, const Clock& clock) {
  const DemoFiles files = FilesIn(options.folder);
  LC_TRY(sample::Recording recording, Record(options, files, clock));

  options.on_progress("measuring and calibrating");
  LC_TRY(const logs::LogReading fine, Read(files, recording, kCountingStep, options.stop));
  LC_TRY(WorkloadCalibration calibration, CalibrateOn(files, fine.counts));
  LC_TRY(logs::LogReading reading, Read(files, recording, Suppose::kStep, options.stop));
  if (options.stop.stop_requested()) return Fail(ErrorCode::kCancelled, "stopped");

  options.on_progress("replaying the log at rising rates to one replica");
  LC_TRY(DemoRamp ramp, RunDemoRamp(options, {recording, calibration}, clock));
  LC_TRY(ScalingProfile profile, ProfileFor(options, calibration, ramp,
                                            {.name = "sample-service",
                                             .duration_source = reading.duration_source,
                                             .calibrated_at = clock.Now()}));
  const RequestWeights& weights = *profile.fields().load.weights;
  const auto weights_of = [&](const std::string&) { return &weights; };
  LC_TRY(const std::vector<GroupLoad> loads,
         MeasureLoad(reading.counts, weights_of, LoadGrouping::kAll));

  options.on_progress("forecasting and deciding");
  std::vector<DemoWindow> windows;
  if (!loads.empty()) windows = WithCpu(loads.front().samples, recording.cpu);
  LC_TRY(LoadSeries series, SeriesOf(windows, weights.version()));
  ForecastOptions forecast_options;
  forecast_options.horizon = static_cast<std::size_t>(DayOf(options) / Suppose::kStep);
  forecast_options.seasons = {DayOf(options)};
  LC_TRY(ForecastReport forecast, ForecastLoad(series, forecast_options));
  LC_TRY(ReplicaDecision decision, DecideOn(series, windows.back().sample, profile));

  LC_TRY_VOID(files::WriteFileAtomically(files.load, LoadCsv(windows)));
  LC_TRY_VOID(files::WriteFileAtomically(files.profile,
                                         profile_codec::WriteProfiles(std::span(&profile, 1))));
  return DemoOutcome{std::move(recording), std::move(reading), std::move(calibration),
                     std::move(ramp),      std::move(windows), std::move(series),
                     std::move(forecast),  std::move(profile), std::move(decision)};
}

}  // namespace loadcurve
