#pragma once

#include <optional>
#include <string>

#include "base/result.h"
#include "base/units.h"
#include "cmd/command_line.h"
#include "cmd/observer_arguments.h"
#include "metrics/capacity/ramp.h"

namespace loadcurve {

// What `replay --ramp` is asked for, besides what every replay is.
struct RampArguments {
  bool is_on = false;
  double quantile = 0.95;
  double late_targets = 0.1;
  std::string interval = "1s";
  std::optional<double> cpu_limit;
  ObserverArguments observers;
  std::string events;
  std::string plot;
  std::string html;
  std::string profile;
  std::string write_profile;
  std::string target_version;
  std::string most_drop;

  void AddTo(CLI::App& command);

  // Of one interval; 50 ms to 10 min.
  [[nodiscard]] Result<Duration> Interval() const;
  // The share of --fail-if-capacity-drops, "5%" or "0.05"; absent where it was not given.
  [[nodiscard]] Result<std::optional<Ratio>> MostDrop() const;
};

}  // namespace loadcurve
