#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "metrics/capacity/production_fit.h"
#include "metrics/capacity/rate_estimate.h"

namespace loadcurve {

// How a limit is known.
enum class Standing {
  kMeasured,      // it was reached
  kExtrapolated,  // it follows from what was seen below it, if all goes on as it did there
  kUnknown,       // nothing that was seen tells
};

// "measured", "extrapolated", "not known".
std::string_view Name(Standing standing);

// What one resource alone would let a replica carry.
struct ResourceOutlook {
  std::string name;  // "cpu", "memory", "slots", "latency"
  Standing standing = Standing::kUnknown;
  std::optional<RateEstimate> rate{};  // requests a second; absent where it is not known
  std::string basis{};                 // how it is known, or what is missing
};

// The load that was there. All of one replica.
struct SeenLoad {
  TimePoint from{};
  TimePoint to{};
  std::size_t windows = 0;
  // The third highest of all windows, so that none of them counts alone.
  MetricsQps load;
  double rate = 0;  // the same in mean requests a second
  double held = 0;
  std::optional<double> cpu_share{};  // of the limit, at that load
  double fewest_replicas = 0;
  double most_replicas = 0;
};

// What outlooks are made of. What is referred to outlives it.
struct ProductionView {
  std::span<const ReplicaWindow> windows;
  const ReplicaLimits& limits;
  const SeenLoad& seen;
  double load_of_request = 1;
  const ProductionFit& fit;
  const std::vector<ProductionFit>& redrawn;  // on windows drawn anew
  bool queues_elsewhere = false;              // see ProductionFitter

  // A load of the fits as a rate, with what the fits on windows drawn anew say of it; widened by
  // 3 %, and by 5 % for each further time that the highest load seen goes into it.
  RateEstimate Estimate(double ProductionFit::*load) const;
};

ResourceOutlook CpuOutlook(const ProductionView& view);
// Absent where nobody told the memory, or its limit. A working set that does not follow the load
// (a cache that fills, a heap that is not given back) has no rate.
std::optional<ResourceOutlook> MemoryOutlook(const ProductionView& view);
// Absent where nothing limits them.
std::optional<ResourceOutlook> SlotsOutlook(const ProductionView& view);
// Where all loads that were seen were in time. `has_cpu`: the CPU has an outlook.
ResourceOutlook LatencyOutlook(const ProductionView& view, bool has_cpu);

}  // namespace loadcurve
