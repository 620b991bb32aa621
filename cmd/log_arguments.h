#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "adapters/logs/log_reader.h"
#include "base/result.h"
#include "cmd/command_line.h"

namespace loadcurve {

// Which logs are read and how: what measure, calibrate and history import share.
class LogArguments {
 public:
  // Adds the positional LOG... and every option that says how a log is read.
  void AddTo(CLI::App& command);

  // The same for a command that can do without a log.
  void AddOptionalTo(CLI::App& command);
  bool has_logs() const { return !options_.paths.empty(); }

  // Adds --log, for logs that are followed, and the options that say how their lines are read.
  void AddFollowedTo(CLI::App& command);

  // Checks what was given and makes options of it; `step` and what is told apart are the
  // command's own choice.
  [[nodiscard]] Result<logs::LogOptions> ToOptions(Duration step, bool by_route,
                                                   bool by_workload) const;

 private:
  CLI::Option* AddLogsTo(CLI::App& command);
  void AddLineOptions(CLI::App& command);

  logs::LogOptions options_;
  std::string fields_;
  std::string bounds_;
  std::string since_;
  std::string until_;
  std::string longest_;
  double max_bad_percent_ = 5;
};

// Reads the logs with progress on stderr, ends on Ctrl-C, and prints the reader's warnings.
[[nodiscard]] Result<logs::LogReading> ReadCounts(logs::LogOptions options);

// {"lines":{"read":n,"bad":n,"by_reason":{...}},"format":...,"duration":...}
nlohmann::json FactsOf(const logs::LogReading& reading);

}  // namespace loadcurve
