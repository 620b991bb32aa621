#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/units.h"
#include "metrics/container_resources.h"

namespace loadcurve {

// What one container should ask for, and what that stands on.
struct ContainerAdvice {
  ContainerResources now{};      // absent fields: nothing is asked for, or it is not known
  ContainerResources advised{};  // the same name; absent fields: none is advised
  CpuCores cpu_seen{};           // kPeakQuantile of the windows, of the replica that used most
  CpuCores cpu_highest{};        // of all windows
  CpuCores cpu_when_full{};      // at the load that a replica is planned to carry
  Bytes memory_highest{};        // of all windows
  std::string why{};

  bool operator==(const ContainerAdvice&) const = default;
};

// Money an hour, in the currency of the prices.
struct SizingSaving {
  double now = 0;           // of what all replicas ask for
  double advised = 0;       // the same count, with the advice
  bool is_derived = false;  // from the price of a replica-hour

  bool operator==(const SizingSaving&) const = default;
};

// CPU and memory that the replicas of a workload should ask for. Never applied by Loadcurve.
struct SizingAdvice {
  TimePoint at{};  // when it was made; TimePoint() where nobody looked yet
  // What was looked at: windows that are measured whole, load and use.
  TimePoint from{};
  TimePoint until{};
  Duration window{0};
  std::int64_t windows = 0;
  // Load of one replica, in the scale of the profile: the highest of a window, and what it is
  // planned to carry.
  MetricsQps load_highest{};
  MetricsQps load_planned{};
  Replicas replicas{};  // that the saving is of
  // Empty where nothing is advised.
  std::vector<ContainerAdvice> containers{};
  // CPU used by CPU asked for, in the mean of all windows; absent where nothing is asked for.
  std::optional<Ratio> used_now{};
  std::optional<Ratio> used_advised{};
  std::optional<SizingSaving> saving{};  // absent without prices
  std::string why{};                     // what it stands on, or why nothing is advised

  bool operator==(const SizingAdvice&) const = default;
};

}  // namespace loadcurve
