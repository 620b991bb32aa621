#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include <cstdio>
#include <memory>
#include <optional>
#include <thread>
#include <utility>

#include "adapters/files/whole_file.h"
#include "adapters/mock/log_recording.h"
#include "adapters/mock/mock_server.h"
#include "adapters/mock/plan_reader.h"
#include "adapters/mock/plan_writer.h"
#include "base/clock.h"
#include "base/time_text.h"
#include "cmd/command.h"
#include "cmd/duration_option.h"
#include "cmd/interrupt.h"
#include "cmd/log_arguments.h"
#include "cmd/mock_report.h"

namespace loadcurve {
namespace {

struct MockFlags {
  LogArguments logs;
  std::string plan;
  std::string listen = "127.0.0.1:0";
  std::string control;
  std::string certificate;
  std::string key;
  std::size_t workers = 0;
  std::size_t queue = 1000;
  std::string length;
  bool is_check = false;
  std::string written;
  OutputFormat output = OutputFormat::kTable;
  mock::MockOptions mock;
};

// What the log says; an empty plan without one.
Result<mock::MockPlan> RecordedPlan(const MockFlags& flags, const std::stop_token& stop) {
  if (!flags.logs.has_logs()) return mock::MockPlan();
  LC_TRY(logs::LogOptions options, flags.logs.ToOptions(std::chrono::minutes(1), true, false));
  options.stop = stop;
  LC_TRY(mock::LogRecording recording, mock::RecordLogs(options, flags.mock.seed));
  fmt::print(stderr, "loadcurve: {} answers of {} routes recorded{}\n", recording.requests,
             recording.plan.routes.size(),
             recording.has_sizes ? "" : "; the log has no sizes, so bodies are empty");
  for (const auto& [reason, count] : recording.left_out)
    fmt::print(stderr, "loadcurve: {} left out: {}\n", count, reason);
  return std::move(recording.plan);
}

// The file anew over `base`; `base` alone without a file.
Result<std::shared_ptr<const mock::MockPlan>> WholePlan(const MockFlags& flags,
                                                        const mock::MockPlan& base) {
  mock::MockPlan plan = base;
  if (flags.workers > 0) plan.pools[""] = {.workers = flags.workers, .max_waiting = flags.queue};
  if (!flags.plan.empty()) {
    LC_TRY(const std::string text, files::ReadWholeFile(flags.plan));
    LC_TRY(plan, mock::ParsePlan(text, flags.plan, std::move(plan)));
  }
  return std::make_shared<const mock::MockPlan>(std::move(plan));
}

Result<mock::MockOptions> OptionsOf(const MockFlags& flags) {
  mock::MockOptions options = flags.mock;
  LC_TRY(options.listen, mock::Endpoint::Parse("--listen", flags.listen));
  if (!flags.control.empty()) {
    LC_TRY(options.control, mock::Endpoint::Parse("--control", flags.control));
  }
  if (!flags.certificate.empty()) {
    http::CertificatePair pair;
    LC_TRY(pair.certificate_pem, files::ReadWholeFile(flags.certificate));
    LC_TRY(pair.key_pem, files::ReadWholeFile(flags.key));
    options.identity = std::move(pair);
  }
  return options;
}

// Standard output is for the report.
void TellWhere(const mock::MockServer& server, const mock::MockOptions& options) {
  fmt::print(stderr, "listening {}://{}\n", options.identity ? "https" : "http",
             server.listens_on().Text());
  if (server.controlled_on())
    fmt::print(stderr, "control http://{}\n", server.controlled_on()->Text());
}

void TellReload(const Result<void>& reloaded) {
  fmt::print(stderr, "loadcurve: {}\n",
             reloaded ? "the plan was read again"
                      : "the plan stays as it was: " + reloaded.error().message);
}

Result<void> Serve(const MockFlags& flags, const std::shared_ptr<const mock::MockPlan>& plan,
                   const mock::MockPlan& base, std::optional<Duration> length) {
  const std::stop_token interrupt = InterruptToken();
  const SystemClock clock;
  LC_TRY(const mock::MockOptions options, OptionsOf(flags));
  LC_TRY(const auto server, mock::MockServer::Listen(options, plan, clock));
  TellWhere(*server, options);
  std::stop_source stop;
  const std::stop_callback on_interrupt(interrupt, [&stop] { stop.request_stop(); });
  std::jthread end;
  if (length)
    end = std::jthread([&, until = clock.MonotonicNow() + *length](const std::stop_token& over) {
      clock.SleepUntil(until, over);
      stop.request_stop();
    });
  LC_TRY_VOID(server->RunUntil(
      stop.get_token(), [&] { return WholePlan(flags, base); }, TellReload));
  fmt::print("{}", MockReport(*server).Render(flags.output));
  return {};
}

Result<void> Mock(const MockFlags& flags) {
  if (!flags.logs.has_logs() && flags.plan.empty())
    return Fail(ErrorCode::kInvalidArgument,
                "neither a log nor a --plan is given; expected one, or both");
  if (!flags.written.empty() && !flags.logs.has_logs())
    return Fail(ErrorCode::kInvalidArgument, "--write-plan is given without a log to record");
  std::optional<Duration> length;
  if (!flags.length.empty()) {
    LC_TRY(length, DurationOf("--for", flags.length));
  }
  LC_TRY(const mock::MockPlan base, RecordedPlan(flags, InterruptToken()));
  if (!flags.written.empty())
    return files::WriteFileAtomically(flags.written, mock::WritePlan(base));
  LC_TRY(const auto plan, WholePlan(flags, base));
  if (flags.is_check) {
    fmt::print("{} routes, {} pools, {} faults\n", plan->routes.size(), plan->pools.size(),
               plan->faults.size());
    return {};
  }
  return Serve(flags, plan, base, length);
}

void AddPlaceOptions(CLI::App& command, MockFlags& flags) {
  command
      .add_option("--listen", flags.listen,
                  "ADDRESS:PORT to answer on; port 0 is any (default 127.0.0.1:0)")
      ->option_text("HOST:PORT");
  command
      .add_option("--control", flags.control,
                  "Where faults are switched while it runs: GET /, POST /faults/NAME/on and /off, "
                  "POST /reload (default: nowhere)")
      ->option_text("HOST:PORT");
  auto* certificate =
      command.add_option("--certificate", flags.certificate, "Answer over TLS with it, PEM")
          ->option_text("FILE");
  auto* key = command.add_option("--key", flags.key, "Its private key, PEM")->option_text("FILE");
  certificate->needs(key);
  key->needs(certificate);
  command
      .add_option("--max-connections", flags.mock.max_connections,
                  "Further ones are closed at once (default 10000)")
      ->check(CLI::PositiveNumber)
      ->option_text("N");
}

void AddServiceOptions(CLI::App& command, MockFlags& flags) {
  auto* workers =
      command
          .add_option("--workers", flags.workers,
                      "So many requests are worked on at once, the others queue; for all routes "
                      "without a pool in the plan (default: no limit)")
          ->check(CLI::Range(1, 1'000'000))
          ->option_text("N");
  command
      .add_option("--queue", flags.queue,
                  "So many may wait for a worker; more are answered 503 (default 1000)")
      ->check(CLI::Range(0, 1'000'000))
      ->needs(workers)
      ->option_text("N");
  command
      .add_option("--seed", flags.mock.seed,
                  "Of what is drawn: the n-th answer of a route follows from it (default 1)")
      ->option_text("N");
  command.add_option("--for", flags.length, "End by itself after so long (default: at Ctrl-C)")
      ->option_text("DURATION");
  command.add_flag("--check", flags.is_check,
                   "Only read the log and the plan, and say what is wrong");
}

}  // namespace

void AddMockCommand(CLI::App& app, Run& chosen) {
  const auto flags = std::make_shared<MockFlags>();
  CLI::App* command = app.add_subcommand(
      "mock", "Answer in place of downstream services, so that a service can be tested alone");
  flags->logs.AddOptionalTo(*command);
  command
      ->add_option("--plan", flags->plan,
                   "Routes, latencies, sizes, pools and faults (YAML); goes before the log")
      ->option_text("FILE");
  command
      ->add_option("--write-plan", flags->written,
                   "Only write what the log says as a plan: percentiles by route, to edit or to "
                   "hand on")
      ->option_text("FILE");
  AddPlaceOptions(*command, *flags);
  AddServiceOptions(*command, *flags);
  AddOutputOption(*command, flags->output);
  command->footer(
      "Of a log it takes, route by route, how long answers took, how long they were and which\n"
      "status they had; a plan says it instead, or adds faults. Where it listens is told on\n"
      "standard error, and what it did on standard output when it ends. SIGHUP reads the plan\n"
      "again. docs/mock.md explains the plan and the report.\n\n"
      "A plan:\n"
      "  routes:\n"
      "    - route: GET /item/{id}\n"
      "      latency: {lognormal: {median: 20ms, p99: 200ms}}\n"
      "      size: 2048\n"
      "    - route: POST /pay\n"
      "      latency: {percentiles: {p50: 30ms, p99: 400ms, p100: 2s}}\n"
      "      status: {200: 0.98, 402: 0.02}\n"
      "      body: '{\"paid\": true}'\n"
      "      pool: bank\n"
      "  pools:\n"
      "    bank: {workers: 8, queue: 100}\n"
      "  faults:\n"
      "    - {name: outage, kind: status, status: 503, share: 0.2, from: 30s, until: 90s}\n"
      "    - {name: freeze, kind: hang, on: false}    # until it is switched on\n\n"
      "Examples:\n"
      "  loadcurve mock payments.log --listen 127.0.0.1:9001\n"
      "  loadcurve mock --plan bank.yaml --listen 127.0.0.1:9001 --control 127.0.0.1:9002\n"
      "  curl -X POST http://127.0.0.1:9002/faults/freeze/on\n"
      "  loadcurve mock payments.log --plan faults.yaml --workers 16 --for 5m -o json");
  command->callback([flags, &chosen] { chosen = [flags] { return Mock(*flags); }; });
}

}  // namespace loadcurve
