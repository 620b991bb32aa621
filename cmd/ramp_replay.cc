#include "cmd/ramp_replay.h"

#include <fmt/format.h>
#include <unistd.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <utility>

#include "adapters/files/whole_file.h"
#include "adapters/plot/terminal_plot.h"
#include "base/clock.h"
#include "cmd/capacity_profile.h"
#include "cmd/ramp_meter.h"
#include "cmd/ramp_report.h"
#include "cmd/ramp_run.h"

namespace loadcurve {
namespace {

RampOptions OptionsOf(const RampReplay& replay, Duration interval) {
  // Longer than four times the latency target: then a late answer would have come.
  const auto silent = static_cast<std::size_t>(4 * replay.load.latency_target / interval) + 1;
  constexpr double kDoublings = 64;
  const double first = replay.load.rate > 0 ? replay.load.rate
                                            : std::max(replay.load.max_rate / kDoublings,
                                                       static_cast<double>(replay.targets.size()));
  return {.replicas = replay.targets.size(),
          .mix = replay.requests->Mix(),
          .first_rate = std::min(first, replay.load.max_rate),
          .most_rate = replay.load.max_rate,
          .limits = {.allowed_late = Ratio(1 - replay.arguments.quantile),
                     .late_replicas = Ratio(replay.arguments.late_targets),
                     .silent_intervals = std::max<std::size_t>(3, silent)},
          .longest = replay.longest};
}

// What the profile in force holds, in its weights, against what was found; and the result again in
// its weights, where the ramp found none of its own.
struct Judged {
  RampResult result;
  std::optional<ProfileComparison> comparison;
};

Result<Judged> Judge(const Ramp& ramp, const RequestCounts& counts, Duration latency_target,
                     const std::optional<KeptProfile>& profile) {
  ResultQuestion question{.latency_target = latency_target};
  LC_TRY(RampResult result, ResultOf(ramp, counts, question));
  if (!profile || !profile->profile.fields().load.weights)
    return Judged{std::move(result), std::nullopt};
  const RequestWeights& kept = *profile->profile.fields().load.weights;
  if (result.calibration.verdict != CalibrationVerdict::kFitted) {
    question.weights = kept;
    LC_TRY(result, ResultOf(ramp, counts, question));
  }
  const double load = LoadOfRequest(ramp, counts, kept);
  if (!result.Capacity() || load <= 0) return Judged{std::move(result), std::nullopt};
  ReplicaCapacity after = *result.Capacity();
  const double scale = load / result.load_of_request;
  after.load = after.load * scale;
  after.low = after.low * scale;
  after.high = after.high * scale;
  after.weights_version = kept.version();
  auto comparison = CompareWith(profile->profile, after, result.is_lower_bound);
  return Judged{std::move(result), std::move(comparison)};
}

// What a new profile is called: the first part of the target's host, where that is a name.
std::string NameFor(const RampReplay& replay) {
  if (!replay.arguments.profile_name.empty()) return replay.arguments.profile_name;
  const replay::Target& target = replay.targets.front();
  if (target.host == target.address || target.host == "localhost") return "";
  return target.host.substr(0, target.host.find('.'));
}

Result<void> WriteProfile(const RampReplay& replay, const std::optional<KeptProfile>& before,
                          const RampReport& report) {
  const std::string& path = replay.arguments.write_profile;
  if (path.empty()) return {};
  LC_TRY(CapacityFound found,
         FoundByRamp(report.result, std::chrono::floor<std::chrono::seconds>(report.to)));
  found.name = NameFor(replay);
  found.target_version = replay.arguments.target_version;
  LC_TRY(const ScalingProfile after, WithCapacity(before, found));
  return WriteKeptProfile(path, before, after);
}

Result<void> WriteDrawings(const RampArguments& arguments, const RampReport& report) {
  if (!arguments.plot.empty())
    LC_TRY_VOID(files::WriteFileAtomically(arguments.plot, report.ToSvg()));
  if (!arguments.html.empty())
    LC_TRY_VOID(files::WriteFileAtomically(arguments.html, report.ToHtml()));
  return {};
}

bool HasDropped(const std::optional<ProfileComparison>& comparison,
                const std::optional<Ratio>& most) {
  return comparison && most && comparison->change.change == CapacityChange::kLower &&
         comparison->change.ratio < 1 - most->value();
}

// How the ramp ended, where that is a failure.
Result<void> CheckEnd(RampEnd end) {
  switch (end) {
    case RampEnd::kStopped:
      return Fail(ErrorCode::kCancelled, "stopped by hand; the report is of what was measured");
    case RampEnd::kTargetLost:
      return Fail(ErrorCode::kUnavailable,
                  "the target no longer answers as it should; the load was stopped");
    case RampEnd::kObservationLost:
      return Fail(ErrorCode::kUnavailable,
                  "what the target uses could not be read any more; the load was stopped");
    case RampEnd::kGeneratorLimit:
      return Fail(
          ErrorCode::kUnavailable,
          "requests went out late again and again: this machine is the limit, not the target");
    default:
      return {};
  }
}

Result<void> OutcomeOf(const RampReport& report, const std::optional<Ratio>& most_drop) {
  LC_TRY_VOID(CheckEnd(report.result.end));
  if (report.result.verdict.bottleneck == Bottleneck::kBusyMachine)
    return Fail(ErrorCode::kUnavailable,
                "the machine was busy with others, and the target did not get its CPU: nothing can "
                "be told of its limit, and no profile was written");
  if (!report.result.rate)
    return Fail(ErrorCode::kUnavailable, "no rate was carried within the latency target");
  if (report.comparison && report.comparison->change.change == CapacityChange::kUnknown)
    return Fail(
        ErrorCode::kInsufficientData,
        fmt::format("the profile holds {:.4g} MetricsQPS, and the ramp ended below: whether the "
                    "capacity changed is not known, and no profile was written; raise "
                    "--max-rate",
                    report.comparison->before.load.value()));
  if (HasDropped(report.comparison, most_drop))
    return Fail(ErrorCode::kCheckFailed,
                fmt::format("the capacity dropped by {:.1f} %, more than {:g} %; no profile was "
                            "written",
                            (1 - report.comparison->change.ratio) * 100, most_drop->value() * 100));
  return {};
}

}  // namespace

Result<void> RunRampReplay(const RampReplay& replay, const std::stop_token& stop) {
  const RampArguments& arguments = replay.arguments;
  const SystemClock clock;
  LC_TRY(const Duration interval, arguments.Interval());
  LC_TRY(const std::optional<Ratio> most_drop, arguments.MostDrop());
  LC_TRY(const auto kept, ReadKeptProfile(arguments.write_profile));
  LC_TRY(const auto compared, ReadKeptProfile(arguments.profile));
  if (!arguments.profile.empty() && !compared)
    return Fail(ErrorCode::kNotFound, arguments.profile + ": there is no such profile");
  LC_TRY(const Observers observers, arguments.observers.Make(replay.targets.size(), clock));
  RampOptions options = OptionsOf(replay, interval);
  options.varies_mix = !observers.all().empty();
  LC_TRY(Ramp ramp, Ramp::Make(options));
  RampEvents events;
  LC_TRY_VOID(events.Open(arguments.events));

  replay::LoadOptions load = replay.load;
  load.rate = ramp.First().rate;
  load.step = std::max<Duration>(interval / 20, std::chrono::milliseconds(10));
  LC_TRY(const auto generator,
         replay::LoadGenerator::Start(replay.targets, replay.requests, load, clock));
  RampMeter meter(*generator, observers.all(),
                  {arguments.quantile, load.latency_target, arguments.cpu_limit});
  const TimePoint from = clock.Now();
  Drive(ramp, {*generator, meter, events, clock, stop, interval});
  constexpr Duration kStopGrace = std::chrono::seconds(1);
  generator->Stop(std::min(load.timeout, kStopGrace));

  if (!meter.counts()) return Fail(ErrorCode::kInsufficientData, "nothing was measured");
  const std::optional<KeptProfile>& profile = compared ? compared : kept;
  const auto judged = Judge(ramp, *meter.counts(), load.latency_target, profile);
  if (!judged) {
    LC_TRY_VOID(CheckEnd(ramp.end()));
    return Within("nothing can be told", judged.error());
  }
  std::vector<std::string> targets;
  for (const replay::Target& target : replay.targets) targets.push_back(target.url);
  const RampReport report{.result = judged->result,
                          .targets = std::move(targets),
                          .latency_target = load.latency_target,
                          .quantile = arguments.quantile,
                          .from = from,
                          .to = clock.Now(),
                          .target_version = arguments.target_version,
                          .comparison = judged->comparison};
  events.OnResult(report.ToJson());
  if (!events.is_stdout())
    fmt::print("{}", report.Render(replay.output, plot::TerminalOf(STDOUT_FILENO)));
  const auto closed = events.Close();
  const Result<void> outcome = OutcomeOf(report, most_drop);
  LC_TRY_VOID(WriteDrawings(arguments, report));
  LC_TRY_VOID(outcome);
  LC_TRY_VOID(closed);
  return WriteProfile(replay, kept, report);
}

}  // namespace loadcurve
