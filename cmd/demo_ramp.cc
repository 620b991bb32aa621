#include "cmd/demo_ramp.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <memory>
#include <nlohmann/json.hpp>
#include <utility>
#include <vector>

#include "adapters/observation/pid_observer.h"
#include "adapters/replay/load_generator.h"
#include "adapters/replay/request_input.h"
#include "adapters/sample_service/access_log.h"
#include "adapters/sample_service/cpu_time.h"
#include "adapters/sample_service/service_child.h"
#include "cmd/demo_ramp_report.h"
#include "cmd/ramp_meter.h"
#include "cmd/ramp_run.h"

namespace loadcurve {
namespace {

using Suppose = DemoSuppositions;

// The replica, with its CPU to the microsecond: /proc counts in 10 ms, and at ease the replica uses
// little more in an interval.
class ReplicaWatch final : public ReplicaObserver {
 public:
  ReplicaWatch(std::unique_ptr<ReplicaObserver> process, pid_t pid)
      : process_(std::move(process)), pid_(pid) {}

  Result<ReplicaObservation> Observe() override {
    LC_TRY(ReplicaObservation seen, process_->Observe());
    if (!seen.is_alive) return seen;
    LC_TRY(const Duration used, sample::CpuTimeOf(pid_));
    seen.cpu_seconds = Seconds(used);
    seen.cpu_limit_cores = Suppose::kReplicaLimit.value();
    return seen;
  }

 private:
  std::unique_ptr<ReplicaObserver> process_;
  pid_t pid_;
};

Result<sample::ServiceChild> StartReplica(const DemoOptions& options) {
  return sample::ServiceChild::Start(
      {options.program, "serve-sample", "--access-log", options.folder + "/replica.log", "--seed",
       std::to_string(options.seed + 1), "--workers", "1", "--cpu-limit",
       fmt::format("{}", Suppose::kReplicaLimit.value()), "--parent", std::to_string(getpid())});
}

Result<std::shared_ptr<const replay::RequestSet>> RequestsOf(const DemoOptions& options) {
  logs::LogOptions log;
  log.paths = {FilesIn(options.folder).access_log};
  log.format = sample::kLogFormat;
  log.classifier.by_route = true;
  log.stop = options.stop;
  LC_TRY(replay::RequestSet requests, replay::ReadRequests(log, {}));
  return std::make_shared<const replay::RequestSet>(std::move(requests));
}

// Requests a second at which a replica would use all of its CPU, by what the recorded ones used in
// the mean.
double FullRate(const DemoOptions& options, const sample::Recording& recording) {
  double cores = 0;
  for (const sample::CpuSample& sample : recording.cpu) cores += sample.cores.value();
  cores /= static_cast<double>(std::max<std::size_t>(recording.cpu.size(), 1));
  const double rate = static_cast<double>(recording.drive.answered) / Seconds(options.duration);
  return Suppose::kReplicaLimit.value() * rate / std::max(cores, 0.01);
}

RampOptions RampOptionsFor(const replay::RequestSet& requests, double full_rate) {
  // Growing by 1.6 it meets 0.9 and 1.4 of that rate: the one is carried, the other is not, and a
  // few seconds are enough to see so.
  constexpr double kBegin = 0.35;
  constexpr double kMost = 4;
  const auto silent =
      static_cast<std::size_t>(4 * Suppose::kLatencyTarget / Suppose::kRampInterval) + 1;
  return {.replicas = 1,
          .mix = requests.Mix(),
          .first_rate = kBegin * full_rate,
          .most_rate = kMost * full_rate,
          .limits = {.allowed_late = Ratio(1 - Suppose::kQuantile), .silent_intervals = silent},
          .varies_mix = true,
          .longest = Suppose::kLongestRamp};
}

// What the CPU of a replica allows, in the weights of the ramp, where its own fit found them.
std::optional<MetricsQps> AllowedByCpu(const RampResult& result) {
  const bool is_fitted = result.calibration.verdict == CalibrationVerdict::kFitted;
  if (!is_fitted || !result.calibration.per_replica) return std::nullopt;
  return result.calibration.per_replica->load;
}

std::string DoubtOfEnd(const RampResult& result) {
  if (result.end == RampEnd::kGeneratorLimit)
    return "requests went out late: this machine had no time for who sends them";
  if (!result.Capacity()) return fmt::format("no rate was carried in time ({})", Name(result.end));
  if (result.is_lower_bound)
    return fmt::format("it ended before the limit was reached ({})", Name(result.end));
  if (result.end != RampEnd::kKnee && result.end != RampEnd::kOutOfTime)
    return fmt::format("it was cut short ({})", Name(result.end));
  return "";
}

// What a replica on a machine that is left to it does not show; empty where there is nothing.
std::string DoubtOf(const RampResult& result, double full_rate) {
  if (std::string doubt = DoubtOfEnd(result); !doubt.empty()) return doubt;
  const Bottleneck bottleneck = result.verdict.bottleneck;
  if (bottleneck != Bottleneck::kCpu && bottleneck != Bottleneck::kCpuLimit)
    return fmt::format(
        "pressed, the replica used {:.2f} of its {:g} cores; the machine kept the rest",
        result.evidence.pressed.cpu_cores.value_or(0), Suppose::kReplicaLimit.value());
  constexpr double kFewest = 0.5;
  if (result.rate->value < kFewest * full_rate)
    return "answers came late with half of the CPU unused: the machine had no time for the replica";
  constexpr double kWidest = 1.5;
  if (result.rate->high > kWidest * result.rate->low)
    return fmt::format("its 90 % interval is {:.3g} to {:.3g} requests/s", result.rate->low,
                       result.rate->high);
  constexpr double kMost = 1.15;
  const auto allowed = AllowedByCpu(result);
  if (allowed && result.Capacity()->load.value() > kMost * allowed->value())
    return fmt::format("it says {:.1f} MetricsQPS, where the CPU of a replica allows {:.1f}",
                       result.Capacity()->load.value(), allowed->value());
  return "";
}

// What the ramp found, in its own weights where its fit wins, else in those of the recording.
Result<RampResult> Judge(const Ramp& ramp, const RequestCounts& counts,
                         const RequestWeights& recorded) {
  ResultQuestion question{.latency_target = Suppose::kLatencyTarget};
  LC_TRY(RampResult result, ResultOf(ramp, counts, question));
  if (result.calibration.verdict == CalibrationVerdict::kFitted) return result;
  question.weights = recorded;
  return ResultOf(ramp, counts, question);
}

}  // namespace

Result<DemoRamp> RunDemoRamp(const DemoOptions& options, const DemoRecorded& recorded,
                             const Clock& clock) {
  LC_TRY(const auto requests, RequestsOf(options));
  LC_TRY(sample::ServiceChild replica, StartReplica(options));
  std::vector<std::unique_ptr<ReplicaObserver>> observers;
  LC_TRY(auto process, observation::PidObserver::Make(replica.pid(), clock));
  observers.push_back(std::make_unique<ReplicaWatch>(std::move(process), replica.pid()));
  LC_TRY(const replay::Target target,
         replay::ParseTarget(fmt::format("http://127.0.0.1:{}", replica.port()), false));

  const double full_rate = FullRate(options, recorded.recording);
  LC_TRY(Ramp ramp, Ramp::Make(RampOptionsFor(*requests, full_rate)));
  const replay::LoadOptions load{.rate = ramp.First().rate,
                                 .max_rate = ramp.options().most_rate,
                                 .seed = options.seed,
                                 .latency_target = Suppose::kLatencyTarget,
                                 .step = Suppose::kRampInterval / 20};
  RampEvents events;
  LC_TRY_VOID(events.Open(FilesIn(options.folder).ramp_events));
  LC_TRY(const auto generator, replay::LoadGenerator::Start({target}, requests, load, clock));
  RampMeter meter(*generator, observers, {Suppose::kQuantile, Suppose::kLatencyTarget});
  DemoRamp found{.target = target.url,
                 .first_rate = ramp.options().first_rate,
                 .most_rate = ramp.options().most_rate,
                 .from = clock.Now()};
  Drive(ramp, {*generator, meter, events, clock, options.stop, Suppose::kRampInterval});
  generator->Stop(std::chrono::seconds(1));
  found.to = clock.Now();
  if (options.stop.stop_requested()) return Fail(ErrorCode::kCancelled, "stopped");

  auto result = meter.counts() ? Judge(ramp, *meter.counts(), recorded.calibration.weights)
                               : Fail(ErrorCode::kInsufficientData, "nothing was measured");
  if (result) {
    found.doubt = DoubtOf(*result, full_rate);
    found.result = *std::move(result);
    events.OnResult(ReportOf(found).ToJson());
  } else {
    found.doubt = result.error().message;
  }
  LC_TRY_VOID(events.Close());
  return found;
}

}  // namespace loadcurve
