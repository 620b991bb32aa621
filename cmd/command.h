#pragma once

#include <functional>

#include "base/result.h"
#include "cmd/command_line.h"

namespace loadcurve {

// What the process tells its caller.
enum ExitCode : int {
  kDone = 0,
  kFailed = 1,         // asked rightly, did not work
  kWrongUsage = 2,     // wrong flags or wrong input; nothing was written
  kCheckFailed = 3,    // a limit that the user set was broken
  kInterrupted = 130,  // Ctrl-C or SIGTERM, ended cleanly
};

// kInvalidArgument and kNotFound are the caller's to mend (2), kCancelled is 130,
// kCheckFailed is 3, all else is 1.
ExitCode ExitCodeFor(ErrorCode code);

// The work of the subcommand that was chosen on the command line.
using Run = std::function<Result<void>()>;

// One function a subcommand, each in the file of its name (measure_command.cc ...).
// It adds the subcommand to `app`, and sets `chosen` when the command line names it.
// Text after the options, the examples, goes into the subcommand's footer.
void AddMeasureCommand(CLI::App& app, Run& chosen);
void AddMergeCommand(CLI::App& app, Run& chosen);
void AddCalibrateCommand(CLI::App& app, Run& chosen);
void AddCapacityCommand(CLI::App& app, Run& chosen);
void AddForecastCommand(CLI::App& app, Run& chosen);
void AddBacktestCommand(CLI::App& app, Run& chosen);
void AddDecideCommand(CLI::App& app, Run& chosen);
void AddValidateCommand(CLI::App& app, Run& chosen);
void AddHpaCommand(CLI::App& app, Run& chosen);
void AddKedaCommand(CLI::App& app, Run& chosen);
void AddExpanderCommand(CLI::App& app, Run& chosen);
void AddCloudProviderCommand(CLI::App& app, Run& chosen);
void AddKarpenterCommand(CLI::App& app, Run& chosen);
void AddHistoryCommand(CLI::App& app, Run& chosen);
void AddWhyCommand(CLI::App& app, Run& chosen);
void AddServeCommand(CLI::App& app, Run& chosen);
void AddReplayCommand(CLI::App& app, Run& chosen);
void AddMockCommand(CLI::App& app, Run& chosen);
void AddSimulateCommand(CLI::App& app, Run& chosen);
void AddPlanCommand(CLI::App& app, Run& chosen);
void AddSimulateCloudCommand(CLI::App& app, Run& chosen);
void AddDemoCommand(CLI::App& app, Run& chosen);
void AddServeSampleCommand(CLI::App& app, Run& chosen);
void AddCompletionCommand(CLI::App& app, Run& chosen);

}  // namespace loadcurve
