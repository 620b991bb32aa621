#pragma once

#include <nlohmann/json_fwd.hpp>
#include <optional>

#include "adapters/kube/event_recorder.h"
#include "scaler/parked_capacity.h"

namespace loadcurve::kube {

// What a ScalingProfile's status keeps of parked capacity, so that it may return after a restart
// and a change of leader.
nlohmann::json ToJson(const ParkedState& state);

// What ToJson wrote.
ParkedState ParkedStateFrom(const nlohmann::json& object);

// Whether a person would see a difference, or a later process decide another way by much: another
// count or floor, or a time that moved by an hour.
bool IsNews(const std::optional<ParkedState>& written, const std::optional<ParkedState>& next);

// An anomaly that `written` does not hold for yet: parked capacity returns.
std::optional<Notice> ParkedNotice(const std::optional<ParkedState>& written,
                                   const std::optional<ParkedState>& next);

}  // namespace loadcurve::kube
