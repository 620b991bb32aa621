#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"
#include "cmd/command_line.h"
#include "cmd/plan_options.h"

namespace loadcurve {

// `loadcurve plan --replay TRACE...`: weeks of spot traces under our policy, its rivals and an
// oracle. It outlives the parsing.
class PlanReplay {
 public:
  // Adds --replay and what goes with it.
  void AddTo(CLI::App& command);

  bool is_asked() const { return !traces_.empty(); }

  // Prints what each policy cost and served; kInvalidArgument names the option or the file, line
  // and field.
  [[nodiscard]] Result<void> Run(const PlanOptions& options) const;

 private:
  std::vector<std::string> traces_;
};

}  // namespace loadcurve
