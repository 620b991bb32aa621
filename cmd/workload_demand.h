#pragma once

#include <optional>
#include <string>
#include <vector>

#include "scaler/capacity/node_demand.h"
#include "scaler/capacity/resource_amounts.h"
#include "scaler/need_ahead.h"
#include "scaler/scale_target.h"
#include "scaler/workload_status.h"

namespace loadcurve {

// What one replica asks for, of all its containers together; absent where nothing is known of them.
std::optional<capacity::NodeResources> ReplicaSize(const ScaleObservation& observed);

// What one workload asks of nodes: `need` at each level, and no less than is there, in
// `volume_zones` where there are any. Each replica counts for `replica_speed` of those that pools
// of speed 1 carry. Absent where its size is.
std::optional<capacity::GroupDemand> DemandOf(const ProfileKey& key,
                                              const ScaleObservation& observed,
                                              const NeedAhead& need, double replica_speed,
                                              std::vector<std::string> volume_zones = {});

}  // namespace loadcurve
