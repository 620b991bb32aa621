// The one binary. Every subcommand lives in the file of its name; this one only knows
// the list.

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include <csignal>
#include <cstdio>
#include <exception>
#include <system_error>

#include "cmd/command.h"
#include "cmd/thread_limit.h"

namespace loadcurve {

ExitCode ExitCodeFor(ErrorCode code) {
  switch (code) {
    case ErrorCode::kInvalidArgument:
    case ErrorCode::kNotFound:
      return kWrongUsage;
    case ErrorCode::kCancelled:
      return kInterrupted;
    case ErrorCode::kCheckFailed:
      return kCheckFailed;
    default:
      return kFailed;
  }
}

namespace {

Result<void> OutputFailed() {
  return Fail(ErrorCode::kUnavailable, "the output could not be written");
}

// What was asked for, and then the last of the output.
Result<void> RunToTheLastByte(const Run& chosen) {
  LC_TRY(const auto thread_limit, LimitThreads());
  try {
    LC_TRY_VOID(chosen());
  } catch (const std::system_error&) {  // so fmt::print reports a full disk, a gone reader
    return OutputFailed();
  }
  if (std::fflush(stdout) != 0 || std::ferror(stdout) != 0) return OutputFailed();
  return {};
}

// The first argument that nobody took, and where to read of those that are.
std::string UnexpectedArgument(const CLI::App& app, const CLI::ExtrasError& error) {
  std::string name = app.get_name();
  const CLI::App* command = &app;
  while (!command->get_subcommands().empty()) {
    command = command->get_subcommands().back();
    name += " " + command->get_name();
  }
  const auto unexpected = command->remaining();
  if (unexpected.empty()) return error.what();
  return fmt::format("'{}' is no {} of '{}'; '{} --help' lists them", unexpected.front(),
                     unexpected.front().starts_with("-") ? "option" : "argument", name, name);
}

int Main(int argc, char** argv) {
  // A reader that goes away (loadcurve ... | head) is an error to report, not a death.
  std::signal(SIGPIPE, SIG_IGN);

  CLI::App app(
      "Loadcurve: workload-aware autoscaling for Kubernetes.\n"
      "Measures how loaded a service really is, forecasts it, and sizes it ahead of time.");
  app.name("loadcurve");
  app.set_version_flag("--version", "loadcurve " LOADCURVE_VERSION);
  app.require_subcommand(1);
  app.get_formatter()->column_width(34);
  app.footer(
      "Exit codes: 0 done, 1 failed, 2 wrong usage or input, 3 a check failed, 130 "
      "interrupted.\n"
      "'loadcurve COMMAND --help' explains each command with an example.");

  Run chosen;
  AddMeasureCommand(app, chosen);
  AddMergeCommand(app, chosen);
  AddCalibrateCommand(app, chosen);
  AddCapacityCommand(app, chosen);
  AddForecastCommand(app, chosen);
  AddBacktestCommand(app, chosen);
  AddDecideCommand(app, chosen);
  AddValidateCommand(app, chosen);
  AddHpaCommand(app, chosen);
  AddKedaCommand(app, chosen);
  AddExpanderCommand(app, chosen);
  AddCloudProviderCommand(app, chosen);
  AddKarpenterCommand(app, chosen);
  AddHistoryCommand(app, chosen);
  AddServeCommand(app, chosen);
  AddWhyCommand(app, chosen);
  AddReplayCommand(app, chosen);
  AddMockCommand(app, chosen);
  AddSimulateCommand(app, chosen);
  AddPlanCommand(app, chosen);
  AddSimulateCloudCommand(app, chosen);
  AddDemoCommand(app, chosen);
  AddServeSampleCommand(app, chosen);
  AddCompletionCommand(app, chosen);

  try {
    app.parse(argc, argv);
  } catch (const CLI::ExtrasError& error) {
    fmt::print(stderr, "loadcurve: {}\n", UnexpectedArgument(app, error));
    return kWrongUsage;
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? kDone : kWrongUsage;
  }
  const Result<void> done = RunToTheLastByte(chosen);
  if (!done) {
    fmt::print(stderr, "loadcurve: {}\n", done.error().message);
    return ExitCodeFor(done.error().code);
  }
  return kDone;
}

}  // namespace
}  // namespace loadcurve

int main(int argc, char** argv) {
  try {
    return loadcurve::Main(argc, argv);
  } catch (const std::exception& error) {  // out of memory, say: nothing of ours throws
    std::fprintf(stderr, "loadcurve: %s\n", error.what());
    return loadcurve::kFailed;
  }
}
