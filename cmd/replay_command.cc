#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include <map>
#include <memory>
#include <optional>
#include <utility>

#include "adapters/files/whole_file.h"
#include "adapters/logs/histogram_file.h"
#include "adapters/replay/load_generator.h"
#include "adapters/replay/request_input.h"
#include "base/clock.h"
#include "base/time_text.h"
#include "cmd/command.h"
#include "cmd/duration_option.h"
#include "cmd/interrupt.h"
#include "cmd/log_arguments.h"
#include "cmd/ramp_replay.h"
#include "cmd/replay_report.h"

namespace loadcurve {
namespace {

struct ReplayFlags {
  LogArguments logs;
  std::vector<std::string> targets;
  std::vector<std::string> allowed_methods;
  std::string arrivals = "poisson";
  std::optional<double> rate;
  std::optional<double> speed_up;
  std::string length;
  std::string warm_up = "0s";
  std::string timeout = "10s";
  std::string latency_target = "500ms";
  bool may_be_public = false;
  std::string save;
  std::string mapping;
  OutputFormat output = OutputFormat::kTable;
  std::size_t max_requests = 1'000'000;
  replay::LoadOptions load;
  RampArguments ramp;
};

const std::map<std::string, replay::ArrivalKind> kArrivalNames = {
    {"recorded", replay::ArrivalKind::kRecorded},
    {"poisson", replay::ArrivalKind::kPoisson},
    {"constant", replay::ArrivalKind::kConstant}};

// A load while it runs: the intervals since the warm-up, added up.
class Play {
 public:
  Play(replay::LoadGenerator& generator, const Clock& clock, std::stop_token stop)
      : generator_(generator), clock_(clock), stop_(std::move(stop)) {}

  // Forgets what was sent before `warm_up`; true where the load was played to `length` or to
  // its last request.
  bool Run(Duration warm_up, std::optional<Duration> length) {
    const Duration begin = clock_.MonotonicNow();
    clock_.SleepUntil(begin + warm_up, stop_);
    total_.emplace(generator_.TakeInterval());
    if (warm_up > Duration(0)) ForgetCounts();
    constexpr Duration kTick = std::chrono::seconds(1);
    constexpr Duration kForever = std::chrono::hours(24 * 365);
    const Duration end = begin + warm_up + length.value_or(kForever);
    for (Duration next = begin + warm_up; next < end && !stop_.stop_requested();) {
      next = std::min(next + kTick, end);
      clock_.SleepUntil(next, stop_);
      const replay::LoadInterval latest = generator_.TakeInterval();
      progress_.Show(LiveLine(latest, clock_.MonotonicNow() - begin));
      total_->Append(latest);
      if (generator_.HasEnded()) return true;
    }
    return !stop_.stop_requested();
  }

  // Ends the load; the latest answers count, but not the time they took.
  replay::LoadInterval End(Duration grace) {
    const TimePoint to = total_->to;
    generator_.Stop(grace);
    total_->Append(generator_.TakeInterval());
    total_->to = to;
    return *std::move(total_);
  }

 private:
  void ForgetCounts() {
    const TimePoint from = total_->to;
    replay::LoadInterval empty(
        RequestCounts::Make(total_->counts.bounds(), total_->counts.step()).value());
    empty.from = empty.to = from;
    total_.emplace(std::move(empty));
  }

  replay::LoadGenerator& generator_;
  const Clock& clock_;
  std::stop_token stop_;
  Progress progress_;
  std::optional<replay::LoadInterval> total_;
};

Result<std::vector<replay::Target>> TargetsOf(const ReplayFlags& flags) {
  std::vector<replay::Target> targets;
  for (const std::string& url : flags.targets) {
    LC_TRY(replay::Target target, replay::ParseTarget(url, flags.may_be_public));
    targets.push_back(std::move(target));
  }
  return targets;
}

Result<replay::LoadOptions> LoadOptionsOf(const ReplayFlags& flags,
                                          const replay::RequestSet& requests) {
  replay::LoadOptions options = flags.load;
  options.arrivals = kArrivalNames.at(flags.arrivals);
  options.rate = flags.rate.value_or(requests.MeanRate() * flags.speed_up.value_or(1));
  LC_TRY(options.timeout, DurationOf("--timeout", flags.timeout));
  LC_TRY(options.latency_target, DurationOf("--latency-target", flags.latency_target));
  if (options.timeout <= Duration(0))
    return Fail(ErrorCode::kInvalidArgument, "--timeout is 0s; expected more");
  if (options.rate <= 0)
    return Fail(ErrorCode::kInvalidArgument,
                fmt::format("the rate is {:g}/s; expected more than 0", options.rate));
  if (flags.length.empty()) options.limit = requests.arrivals.size();
  return options;
}

Result<void> Tell(const ReplayFlags& flags, const ReplayReport& report) {
  if (!flags.save.empty())
    LC_TRY_VOID(files::WriteFileAtomically(flags.save, logs::WriteHistograms(report.load.counts)));
  fmt::print("{}", report.Render(flags.output));
  if (!report.is_complete)
    return Fail(ErrorCode::kCancelled, "stopped by hand; the report is of what was played");
  if (report.load.Total().answered == 0)
    return Fail(ErrorCode::kUnavailable, "no request was answered");
  return {};
}

// What of a plain replay makes no sense in a ramp.
Result<void> CheckRamp(const ReplayFlags& flags) {
  const auto refuse = [](const char* option, const char* why) {
    return Fail(ErrorCode::kInvalidArgument, fmt::format("{} with --ramp: {}", option, why));
  };
  if (flags.speed_up) return refuse("--speed-up", "--rate is what a ramp begins with");
  if (flags.warm_up != "0s") return refuse("--warm-up", "a ramp finds by itself when it is steady");
  if (flags.arrivals == "recorded")
    return refuse("--arrivals recorded", "a rate is held with poisson or constant arrivals");
  if (!flags.save.empty())
    return refuse("--save-histograms", "rates are mixed; --write-profile keeps what was found");
  return {};
}

Result<void> RampUp(const ReplayFlags& flags, RampReplay ramp, const std::stop_token& stop) {
  LC_TRY_VOID(CheckRamp(flags));
  ramp.load.rate = flags.rate.value_or(0);
  ramp.load.limit = std::nullopt;
  if (!flags.length.empty()) {
    LC_TRY(ramp.longest, DurationOf("--for", flags.length));
  }
  return RunRampReplay(ramp, stop);
}

Result<void> Replay(const ReplayFlags& flags) {
  const std::stop_token stop = InterruptToken();
  const SystemClock clock;
  std::optional<Duration> length;
  if (!flags.length.empty()) {
    LC_TRY(length, DurationOf("--for", flags.length));
  }
  LC_TRY(const Duration warm_up, DurationOf("--warm-up", flags.warm_up));
  LC_TRY(const std::vector<replay::Target> targets, TargetsOf(flags));
  LC_TRY(logs::LogOptions log_options, flags.logs.ToOptions(std::chrono::seconds(1), true, false));
  log_options.stop = stop;
  std::shared_ptr<replay::RequestMapping> mapping;
  if (!flags.mapping.empty()) {
    LC_TRY(const std::string text, files::ReadWholeFile(flags.mapping));
    LC_TRY(replay::RequestMapping parsed, replay::RequestMapping::Parse(text, flags.mapping));
    mapping = std::make_shared<replay::RequestMapping>(std::move(parsed));
  }
  LC_TRY(replay::RequestSet read,
         replay::ReadRequests(log_options, {.allowed_methods = {flags.allowed_methods.begin(),
                                                                flags.allowed_methods.end()},
                                            .most_requests = flags.max_requests,
                                            .mapping = mapping}));
  const auto requests = std::make_shared<const replay::RequestSet>(std::move(read));
  for (const std::string& warning : requests->warnings)
    fmt::print(stderr, "loadcurve: {}\n", warning);
  LC_TRY(replay::LoadOptions options, LoadOptionsOf(flags, *requests));
  options.bounds = log_options.bounds;
  if (flags.ramp.is_on)
    return RampUp(flags,
                  {.arguments = flags.ramp,
                   .targets = targets,
                   .requests = requests,
                   .load = options,
                   .output = flags.output},
                  stop);
  LC_TRY(const auto generator, replay::LoadGenerator::Start(targets, requests, options, clock));
  Play play(*generator, clock, stop);
  const bool is_complete = play.Run(warm_up, length);
  constexpr Duration kStopGrace = std::chrono::seconds(1);
  const replay::LoadInterval load =
      play.End(is_complete ? options.timeout : std::min(options.timeout, kStopGrace));
  return Tell(flags, {.requests = *requests,
                      .targets = targets,
                      .load = load,
                      .arrivals = flags.arrivals,
                      .rate = options.rate,
                      .latency_target = options.latency_target,
                      .is_complete = is_complete});
}

void AddLoadOptions(CLI::App& command, ReplayFlags& flags) {
  command
      .add_option("--arrivals", flags.arrivals,
                  "When requests come: poisson (default: at random, as many users do), constant, "
                  "or recorded, as the log has them")
      ->check(CLI::IsMember({"recorded", "poisson", "constant"}).description(""))
      ->option_text("KIND");
  auto* rate = command
                   .add_option("--rate", flags.rate,
                               "Requests a second over all targets, in the mix of the log "
                               "(default: the log's own rate)")
                   ->check(CLI::PositiveNumber)
                   ->option_text("N");
  command.add_option("--speed-up", flags.speed_up, "So many times the log's own rate")
      ->check(CLI::PositiveNumber)
      ->excludes(rate)
      ->option_text("FACTOR");
  auto* length =
      command
          .add_option("--for", flags.length,
                      "How long, the log over and over (default: each request of the log once)")
          ->option_text("DURATION");
  command.add_option("--warm-up", flags.warm_up, "Load before that, which is not counted")
      ->needs(length)
      ->option_text("DURATION");
  command
      .add_option("--timeout", flags.timeout,
                  "A request without an answer so long after it was due has failed (default 10s)")
      ->option_text("DURATION");
  command
      .add_option("--latency-target", flags.latency_target,
                  "Answers later than that are late (default 500ms)")
      ->option_text("DURATION");
  command
      .add_option("--connections", flags.load.max_connections,
                  "To each target at most; beyond it requests wait (default 512)")
      ->check(CLI::PositiveNumber)
      ->option_text("N");
  command.add_option("--senders", flags.load.threads, "Threads that send (default 1)")
      ->check(CLI::Range(1, 64))
      ->option_text("N");
  command.add_option("--seed", flags.load.seed, "Of what is drawn at random (default 1)")
      ->option_text("N");
}

void AddSafetyOptions(CLI::App& command, ReplayFlags& flags) {
  command
      .add_option("--max-rate", flags.load.max_rate,
                  "The ceiling: a higher rate is refused (default 1000)")
      ->check(CLI::PositiveNumber)
      ->option_text("N");
  command
      .add_option("--allow-method", flags.allowed_methods,
                  "Also replay this method; without it only GET, HEAD and OPTIONS")
      ->option_text("METHOD");
  command.add_flag("--i-own-this-target", flags.may_be_public,
                   "Allow targets whose address is not private or loopback");
  command
      .add_option("--max-requests", flags.max_requests,
                  "Of the log, the first so many are taken (default 1000000)")
      ->check(CLI::PositiveNumber)
      ->option_text("N");
  command
      .add_option("--ca", flags.load.authorities_file,
                  "Who vouches for https targets, PEM (default: those of the system)")
      ->option_text("FILE");
  auto* certificate = command
                          .add_option("--client-certificate", flags.load.certificate_file,
                                      "Certificate to show to https targets, PEM")
                          ->option_text("FILE");
  auto* key = command.add_option("--client-key", flags.load.key_file, "Its private key, PEM")
                  ->option_text("FILE");
  certificate->needs(key);
  key->needs(certificate);
}

}  // namespace

void AddReplayCommand(CLI::App& app, Run& chosen) {
  const auto flags = std::make_shared<ReplayFlags>();
  CLI::App* command = app.add_subcommand(
      "replay", "Replay the requests of a log against a target in a test environment");
  flags->logs.AddTo(*command);
  command
      ->add_option("--target", flags->targets,
                   "Where to: http://HOST[:PORT] or https://...; repeated for several replicas, "
                   "which take turns")
      ->required()
      ->option_text("URL");
  command
      ->add_option("--map", flags->mapping,
                   "What requests of the log become: paths with variables, headers, bodies (YAML)")
      ->option_text("FILE");
  AddLoadOptions(*command, *flags);
  AddSafetyOptions(*command, *flags);
  command
      ->add_option("--save-histograms", flags->save,
                   "Also write what the targets held, for calibrate (see merge)")
      ->option_text("FILE");
  AddOutputOption(*command, flags->output);
  flags->ramp.AddTo(*command);
  command->footer(
      "An open loop: requests are sent when they are due, and latency counts from then, so a\n"
      "target that stalls is charged for all who would have waited. Reads what measure reads,\n"
      "HAR files (.har) and request files (.requests.jsonl). docs/replay.md explains the "
      "output.\n\n"
      "Examples:\n"
      "  loadcurve replay access.log --target http://127.0.0.1:8080 --rate 200 --for 30s\n"
      "  loadcurve replay access.log --target http://10.0.0.7:8080 --target "
      "http://10.0.0.8:8080\n"
      "      --arrivals recorded --speed-up 4 --warm-up 10s --for 5m -o json\n"
      "  loadcurve replay access.log --target http://127.0.0.1:8080 --ramp --pid 4711\n"
      "      --latency-target 200ms --latency-quantile 0.99 --write-profile shop.yaml\n"
      "  loadcurve replay shop.requests.jsonl --target https://shop.test --ca ca.pem "
      "--allow-method POST");
  command->callback([flags, &chosen] { chosen = [flags] { return Replay(*flags); }; });
}

}  // namespace loadcurve
