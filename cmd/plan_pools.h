#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "cmd/command_line.h"
#include "cmd/plan_options.h"
#include "cmd/series_arguments.h"

namespace loadcurve {

// `loadcurve plan --pools POOLS.yaml`: the nodes to hold now. It outlives the parsing.
class PlanPools {
 public:
  // Adds --pools and what goes with it.
  void AddTo(CLI::App& command);

  bool is_asked() const { return !pools_.empty(); }

  // Prints the plan, its money, its risk and why; kInvalidArgument names the option or the file,
  // line and field.
  [[nodiscard]] Result<void> Run(const PlanOptions& options) const;

 private:
  std::string pools_;
  std::string catalog_;
  std::string profile_;
  std::string workload_;
  SeriesArguments series_;
  std::string now_;
  std::string search_ = "0s";
  std::string usage_;
  std::vector<std::string> traces_;  // "POOL=FILE"
  bool explain_ = false;
  bool advise_ = false;
};

}  // namespace loadcurve
