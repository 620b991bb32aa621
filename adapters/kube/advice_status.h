#pragma once

#include <nlohmann/json_fwd.hpp>
#include <optional>

#include "adapters/kube/event_recorder.h"
#include "scaler/sizing_advice.h"

namespace loadcurve::kube {

// The advice on what containers ask for, as a ScalingProfile's status has it; numbers to three
// digits.
nlohmann::json ToJson(const SizingAdvice& advice);

// What ToJson wrote.
SizingAdvice SizingAdviceFrom(const nlohmann::json& object);

// Whether a person would see a difference: another container, or an amount that moved by a tenth.
bool IsNews(const std::optional<SizingAdvice>& written, const std::optional<SizingAdvice>& next);

// Advice that `written` does not have; none where nothing is advised.
std::optional<Notice> AdviceNotice(const std::optional<SizingAdvice>& written,
                                   const std::optional<SizingAdvice>& next);

}  // namespace loadcurve::kube
