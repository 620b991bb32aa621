#pragma once

#include <nlohmann/json_fwd.hpp>
#include <optional>

#include "cmd/capacity_profile.h"
#include "metrics/capacity/rate_estimate.h"
#include "metrics/replica_capacity.h"

namespace loadcurve {

// How every command tells of capacities. What is absent is null.
nlohmann::json ToJson(const RateEstimate& estimate);
nlohmann::json ToJson(const std::optional<RateEstimate>& estimate);
nlohmann::json ToJson(const ReplicaCapacity& capacity);
nlohmann::json ToJson(const ProfileComparison& comparison);

}  // namespace loadcurve
