#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/units.h"

namespace loadcurve {

// What runs out first when one replica is given more and more load.
enum class BindingResource {
  kCpu,         // CPU seconds a second
  kSlots,       // requests held at once: threads, workers, connections
  kMemory,      // bytes
  kLock,        // what only one request of a replica at a time may have
  kDependency,  // something outside that all replicas wait for
};

// "cpu", "slots", "memory", "lock", "dependency".
std::string_view Name(BindingResource resource);
// The other way round; absent where it is none of these.
std::optional<BindingResource> BindingResourceOf(std::string_view name);

// The memory of one replica.
struct ReplicaMemory {
  Bytes limit{};  // that it may use; > 0
  Bytes idle{};   // that it uses without load; in [0, limit)

  bool operator==(const ReplicaMemory&) const = default;
};

// The load that one replica sustains. All numbers are > 0.
struct ReplicaCapacity {
  // Load at `target_share` of what binds, and its 90 % interval: low <= load <= high.
  MetricsQps load;
  MetricsQps low;
  MetricsQps high;
  BindingResource binding = BindingResource::kCpu;
  // The weights that `load` is measured in.
  std::string weights_version;
  // The share of the limit that was counted on: load = (limit * share - idle) / cost.
  Ratio target_share{1};
  // Requests that one replica holds at once, where a limit is known.
  std::optional<BusySlots> slots;
  // Its memory, where the count is to follow that too.
  std::optional<ReplicaMemory> memory{};

  bool operator==(const ReplicaCapacity&) const = default;
};

// The load that is planned for: `load`, but at most a quarter above `low`. An estimate whose
// interval is wide is worth little more than its lower end; a narrow one is taken as it is, and
// there is no jump in between.
MetricsQps PlannedLoad(const ReplicaCapacity& capacity);

}  // namespace loadcurve
