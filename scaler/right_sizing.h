#pragma once

#include <optional>
#include <span>

#include "base/units.h"
#include "metrics/load_series.h"
#include "metrics/replica_capacity.h"
#include "metrics/usage_source.h"
#include "scaler/scaling_profile.h"
#include "scaler/sizing_advice.h"

namespace loadcurve {

// The quantile of the windows (nearest rank) that no CPU request is advised below; memory, which
// cannot be waited for, is never advised below the highest that was seen.
inline constexpr double kPeakQuantile = 0.99;
// Room over the highest working set: a request has what VPA adds (recommendation-margin-fraction),
// a limit a fifth more, what VPA adds after an OOM (oom-bump-up-ratio).
inline constexpr double kMemoryRoom = 1.15;
inline constexpr double kMemoryLimitRoom = 1.15 * 1.2;
// Less says too little: a day, of which three quarters were measured, and a replica that bore half
// of what it is planned to carry.
inline constexpr Duration kLeastSizingSpan = std::chrono::hours(24);
inline constexpr double kLeastMeasured = 0.75;
inline constexpr double kLeastCovered = 0.5;
// Where only a replica-hour has a price: a core costs as much as so many GiB, as at large clouds
// (7.5 for general-purpose machines of Google, 9.1 for Fargate).
inline constexpr double kGibPerCore = 7.5;

struct SizingInputs {
  TimePoint now;
  const MeasuredUsage* usage = nullptr;
  Duration window{0};                // of the usage
  const LoadSeries* load = nullptr;  // of all replicas; null: none is known
  // What one replica is planned to carry, at the target utilization, and at all of its limit.
  MetricsQps planned;
  MetricsQps sustained;
  BindingResource binding = BindingResource::kCpu;
  // What the replicas ask for; empty: as the usage tells.
  std::span<const ContainerResources> resources{};
  Replicas replicas{};                     // that are wanted
  std::optional<ResourcePrices> prices{};  // of a core and a GiB
  std::optional<double> replica_hour{};    // where those are absent
};

// What the containers should ask for. Pure. With l the load per replica of a window and c the CPU
// of the replica that used most in it, a line c = a + b l is drawn through the windows (least
// squares, b >= 0; through 0 where l hardly moves), and e is kPeakQuantile of c - a - b l:
//
//   CPU request     max(kPeakQuantile of c, a + b planned + e)
//   CPU limit       max(highest c, a + b sustained + e, request); as it is, at least, where CPU
//                   binds or was throttled: what a replica carries was measured with it
//   memory request  kMemoryRoom x m, where m is the highest working set, and where more load is
//                   planned than was borne, b' times the difference more
//   memory limit    kMemoryLimitRoom x m
//
// in steps of 10m and 16Mi, upwards. A limit that is not there now is not advised. Memory that
// still grew in the last tenth of the windows is not advised below what is asked for now.
SizingAdvice AdviseSizes(const SizingInputs& inputs);

}  // namespace loadcurve
