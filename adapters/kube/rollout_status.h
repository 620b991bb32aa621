#pragma once

#include <nlohmann/json_fwd.hpp>
#include <optional>

#include "adapters/kube/event_recorder.h"
#include "scaler/rollout_state.h"

namespace loadcurve::kube {

// What a ScalingProfile's status keeps of its rollout, so that it goes on after a restart and a
// change of leader.
nlohmann::json ToJson(const RolloutState& state);

// What ToJson wrote; absent where the stage is none of ours.
std::optional<RolloutState> RolloutStateFrom(const nlohmann::json& object);

// Whether a person would see a difference: another stage or recommendation.
bool IsNews(const std::optional<RolloutState>& written, const std::optional<RolloutState>& next);

// Whether so much more was measured that it is worth a write when there is time for one.
bool HasMoved(const std::optional<RolloutState>& written, const std::optional<RolloutState>& next);

// A promotion or demotion that `written` does not know yet.
std::optional<Notice> RolloutNotice(const std::optional<RolloutState>& written,
                                    const std::optional<RolloutState>& next);

}  // namespace loadcurve::kube
