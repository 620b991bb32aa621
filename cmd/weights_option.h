#pragma once

#include <map>
#include <optional>
#include <string>

#include "base/result.h"
#include "cmd/command_line.h"
#include "metrics/request_weights.h"

namespace loadcurve {

// The weights named on the command line: one kind for all, or a file with a profile for
// each workload.
class WeightsOption {
 public:
  // Adds --weights and --reference.
  void AddTo(CLI::App& command);

  // Reads the profiles, if a file was named. Call once, after parsing.
  [[nodiscard]] Result<void> Load();

  // The weights of a workload as the log names it, or nullptr where the file has none. A
  // file with a single profile serves logs that tell no workloads apart.
  const RequestWeights* Of(const std::string& workload) const;

  // True where workloads have weights of their own, so that logs must tell them apart.
  bool IsByWorkload() const { return of_workload_.size() > 1; }

  // True where the cost depends on the route.
  bool IsByRoute() const;

 private:
  std::string name_ = "occupancy";
  std::string reference_ = "100ms";
  std::optional<RequestWeights> for_all_;
  std::map<std::string, RequestWeights> of_workload_;
};

}  // namespace loadcurve
