#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include <algorithm>
#include <memory>
#include <nlohmann/json.hpp>
#include <set>
#include <utility>

#include "adapters/cpu_log/cpu_file.h"
#include "adapters/files/whole_file.h"
#include "adapters/profile_codec/profile_codec.h"
#include "base/clock.h"
#include "base/time_text.h"
#include "cmd/calibration_report.h"
#include "cmd/command.h"
#include "cmd/log_arguments.h"
#include "cmd/output.h"

namespace loadcurve {
namespace {

using cpu_log::CpuByWorkload;

struct CalibrateArguments {
  LogArguments logs;
  std::string cpu;
  std::string out;
  std::optional<double> cpu_limit;
  double target_share = 0.7;
  std::optional<double> slots;
  std::int64_t replicas = 1;
  std::string lag;
  OutputFormat format = OutputFormat::kTable;
};

Result<CalibrationOptions> ToOptions(const CalibrateArguments& arguments) {
  CalibrationOptions options;
  if (arguments.cpu_limit) {
    options.cpu_limit = CpuCores(*arguments.cpu_limit);
    options.has_cpu_limit = true;
  }
  options.target_share = Ratio(arguments.target_share);
  options.replicas = Replicas(arguments.replicas);
  if (arguments.slots) options.slots = BusySlots(*arguments.slots);
  if (!arguments.lag.empty()) {
    const auto lag = ParseDuration(arguments.lag);
    if (!lag) return Within("--lag", lag.error());
    options.lag = *lag;
  }
  return options;
}

// Requests are counted in windows far shorter than the CPU's, so that a lag can be found: a
// sixtieth, cut to a plain number.
Duration CountingStep(const CpuByWorkload& cpu) {
  std::vector<Duration> lengths;
  for (const auto& [workload, samples] : cpu) {
    for (const CpuSample& sample : samples) lengths.push_back(sample.to - sample.from);
  }
  if (lengths.empty()) return std::chrono::seconds(1);
  const auto middle = lengths.begin() + static_cast<std::ptrdiff_t>(lengths.size() / 2);
  std::nth_element(lengths.begin(), middle, lengths.end());
  Duration step = std::chrono::milliseconds(5);
  for (const int milliseconds : {10, 20, 50, 100, 200, 500, 1000}) {
    if (*middle / 60 >= std::chrono::milliseconds(milliseconds))
      step = std::chrono::milliseconds(milliseconds);
  }
  return step;
}

std::set<std::string> WorkloadsOf(const RequestCounts& counts) {
  std::set<std::string> workloads;
  for (const SeriesKey& series : counts.series()) workloads.insert(series.workload);
  return workloads;
}

// CPU of one workload and a log that names none belong together.
Result<void> MatchNames(const RequestCounts& counts, CpuByWorkload& cpu,
                        const std::string& cpu_path) {
  const std::set<std::string> workloads = WorkloadsOf(counts);
  for (const std::string& workload : workloads) {
    if (cpu.contains(workload)) return {};
  }
  if (cpu.size() == 1 && workloads.size() == 1) {
    auto only = cpu.extract(cpu.begin());
    only.key() = *workloads.begin();
    cpu.insert(std::move(only));
    return {};
  }
  return Fail(ErrorCode::kInvalidArgument,
              cpu_path + ": no workload of it is in the log: the log has '" + *workloads.begin() +
                  "'" + (workloads.size() > 1 ? " and others" : "") + ", the CPU has " +
                  (cpu.empty() ? std::string("none") : "'" + cpu.begin()->first + "'") +
                  (cpu.size() > 1 ? " and others" : ""));
}

Result<std::vector<WorkloadCalibration>> CalibrateAll(const RequestCounts& counts,
                                                      const CpuByWorkload& cpu,
                                                      const CalibrationOptions& options) {
  std::vector<WorkloadCalibration> calibrations;
  Progress progress;
  for (const std::string& workload : WorkloadsOf(counts)) {
    progress.Show("calibrating " + workload);
    const auto samples = cpu.find(workload);
    auto calibration = Calibrate(
        counts, workload,
        samples == cpu.end() ? std::span<const CpuSample>() : std::span(samples->second), options);
    if (!calibration && calibration.error().code == ErrorCode::kInsufficientData) {
      fmt::print(stderr, "loadcurve: {}; left out\n", calibration.error().message);
      continue;
    }
    if (!calibration) return tl::unexpected(calibration.error());
    calibrations.push_back(*std::move(calibration));
  }
  if (calibrations.empty())
    return Fail(ErrorCode::kInvalidArgument,
                "the log has no requests that took any time; there is nothing to calibrate");
  return calibrations;
}

Result<void> WriteProfiles(std::span<const WorkloadCalibration> calibrations,
                           const std::string& duration_source, const CalibrateArguments& arguments,
                           const CalibrationOptions& options) {
  const ProfileFacts facts{
      .duration_source = duration_source,
      .target_share = options.target_share,
      .slots = options.slots,
      .calibrated_at = std::chrono::floor<std::chrono::seconds>(SystemClock().Now())};
  std::vector<ScalingProfile> profiles;
  for (const WorkloadCalibration& calibration : calibrations) {
    LC_TRY(ScalingProfile profile, ToProfile(calibration, facts));
    profiles.push_back(std::move(profile));
  }
  return files::WriteFileAtomically(arguments.out, profile_codec::WriteProfiles(profiles));
}

Result<void> RunCalibrate(const CalibrateArguments& arguments) {
  LC_TRY(const CalibrationOptions options, ToOptions(arguments));
  LC_TRY(CpuByWorkload cpu, cpu_log::ReadCpu(arguments.cpu));
  const bool by_workload = !cpu.contains("");
  LC_TRY(logs::LogOptions log_options,
         arguments.logs.ToOptions(CountingStep(cpu), true, by_workload));
  LC_TRY(const logs::LogReading reading, ReadCounts(std::move(log_options)));
  if (reading.counts.series().empty())
    return Fail(ErrorCode::kInvalidArgument, "the log has no requests within the times given");
  LC_TRY_VOID(MatchNames(reading.counts, cpu, arguments.cpu));
  LC_TRY(const std::vector<WorkloadCalibration> calibrations,
         CalibrateAll(reading.counts, cpu, options));
  if (!arguments.out.empty())
    LC_TRY_VOID(WriteProfiles(calibrations, reading.duration_source, arguments, options));
  switch (arguments.format) {
    case OutputFormat::kJson:
      fmt::print(
          "{}\n",
          ToJson(calibrations).dump(2, ' ', false, nlohmann::json::error_handler_t::replace));
      break;
    case OutputFormat::kCsv:
      fmt::print("{}", ToCsv(calibrations));
      break;
    case OutputFormat::kTable:
      fmt::print("{}", ToText(calibrations));
      if (!arguments.out.empty()) fmt::print("\nprofile written to {}\n", arguments.out);
      break;
  }
  return {};
}

}  // namespace

void AddCalibrateCommand(CLI::App& app, Run& chosen) {
  CLI::App* command = app.add_subcommand(
      "calibrate", "Fit what requests cost to measured CPU, and what one replica carries");
  command->footer(
      "CPU comes as CSV with a header: time,cpu_cores[,workload][,container]"
      "[,throttled_seconds];\n"
      "a sample covers the time since the previous one. The fit replaces its prior, the time\n"
      "held, only where it predicts CPU better that it has not seen.\n\n"
      "Example:\n"
      "  loadcurve calibrate access.log --cpu cpu.csv --cpu-limit 2 --out profile.yaml\n"
      "  loadcurve measure access.log --weights profile.yaml");
  auto arguments = std::make_shared<CalibrateArguments>();
  arguments->logs.AddTo(*command);
  command->add_option("--cpu", arguments->cpu, "CPU of the workloads over the same time")
      ->required()
      ->option_text("FILE.csv");
  command->add_option("--out", arguments->out, "Write a ScalingProfile for each workload")
      ->option_text("FILE.yaml");
  command
      ->add_option("--cpu-limit", arguments->cpu_limit,
                   "CPU limit of one replica (default: 1 core is assumed); samples near it are "
                   "left out as saturated")
      ->option_text("CORES");
  command
      ->add_option("--target-share", arguments->target_share,
                   "Share of the CPU limit and of the slots to plan for (default 0.7)")
      ->option_text("0..1");
  command
      ->add_option("--slots", arguments->slots,
                   "Workers or connections of one replica: requests it holds at once")
      ->option_text("N");
  command
      ->add_option("--replicas", arguments->replicas,
                   "How many replicas the log and the CPU add up (default 1)")
      ->option_text("N");
  command
      ->add_option("--lag", arguments->lag,
                   "How far CPU samples trail the requests (default: searched)")
      ->option_text("DURATION");
  AddOutputOption(*command, arguments->format);
  command->callback(
      [&chosen, arguments] { chosen = [arguments] { return RunCalibrate(*arguments); }; });
}

}  // namespace loadcurve
