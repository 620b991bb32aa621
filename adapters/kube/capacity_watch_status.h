#pragma once

#include <nlohmann/json_fwd.hpp>
#include <optional>

#include "metrics/capacity/capacity_watch_state.h"

namespace loadcurve::kube {

// What a status keeps of revisions that are compared, so that a comparison goes on after a restart
// and a change of leader; to the last digit.
nlohmann::json ToJson(const CapacityWatchState& state);

// What ToJson wrote; absent where somebody changed it to what cannot be.
std::optional<CapacityWatchState> CapacityWatchStateFrom(const nlohmann::json& object);

// Whether so much was observed since `written` that a restart would lose something.
bool HasMoved(const CapacityWatchState& written, const CapacityWatchState& next);

}  // namespace loadcurve::kube
