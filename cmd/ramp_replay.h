#pragma once

#include <memory>
#include <stop_token>
#include <string>
#include <vector>

#include "adapters/replay/load_generator.h"
#include "base/result.h"
#include "cmd/output.h"
#include "cmd/ramp_arguments.h"

namespace loadcurve {

// A replay whose rate is raised until the targets no longer answer in time.
struct RampReplay {
  const RampArguments& arguments;
  std::vector<replay::Target> targets;
  std::shared_ptr<const replay::RequestSet> requests;
  // Its rate, where it is not 0, is what the ramp begins with.
  replay::LoadOptions load;
  Duration longest = std::chrono::minutes(15);
  OutputFormat output = OutputFormat::kTable;
};

// Runs the ramp, tells what it found and writes what was asked for. kCancelled where it was
// stopped by hand, after it has told; kCheckFailed where --fail-if-capacity-drops says so.
[[nodiscard]] Result<void> RunRampReplay(const RampReplay& replay, const std::stop_token& stop);

}  // namespace loadcurve
