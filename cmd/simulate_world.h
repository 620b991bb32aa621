#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/result.h"
#include "scaler/scaling_profile.h"
#include "scaler/twin/simulation.h"

namespace CLI {
class App;
}

namespace loadcurve {

// The options of `simulate` that say what a replica stands on, how it starts and how requests come
// to it.
class SimulatedWorld {
 public:
  // Adds --startup, --startup-spread, --startup-times, --pods-per-node, --nodes, --max-nodes,
  // --node-startup and --burstiness.
  void AddTo(CLI::App& command);

  // The start-up is that of the options, else the profile's, else 60 s. kInvalidArgument names the
  // option, and for a file the line.
  [[nodiscard]] Result<void> Fill(const std::optional<ScalingProfile>& profile,
                                  twin::TwinOptions& options) const;

 private:
  [[nodiscard]] Result<twin::StartupTimes> Startup(
      const std::optional<ScalingProfile>& profile) const;
  [[nodiscard]] Result<std::optional<twin::NodeLimits>> Nodes() const;

  std::string startup_;
  std::optional<double> spread_;
  std::string times_;
  std::optional<std::int64_t> pods_per_node_;
  std::optional<std::int64_t> nodes_;
  std::optional<std::int64_t> max_nodes_;
  std::string node_startup_;
  std::optional<double> burstiness_;
};

}  // namespace loadcurve
