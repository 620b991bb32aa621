#pragma once

#include <nlohmann/json_fwd.hpp>
#include <optional>

#include "adapters/kube/event_recorder.h"
#include "scaler/capacity_report.h"

namespace loadcurve::kube {

// What a ScalingProfile's status keeps of the capacity that is watched, so that what is planned
// goes on after a restart and a change of leader.
nlohmann::json ToJson(const CapacityReport& report);

// What ToJson wrote.
CapacityReport CapacityReportFrom(const nlohmann::json& object);

// Whether a person would see a difference: another revision or plan, or news of one.
bool IsNews(const std::optional<CapacityReport>& written,
            const std::optional<CapacityReport>& next);

// Whether revisions were compared for so long since `written` that it is worth a write when there
// is time for one.
bool HasMoved(const std::optional<CapacityReport>& written,
              const std::optional<CapacityReport>& next);

// News of a revision that `written` does not know yet.
std::optional<Notice> CapacityNotice(const std::optional<CapacityReport>& written,
                                     const std::optional<CapacityReport>& next);

// Another capacity is planned with than `written` has, by windows and not by a release.
std::optional<Notice> PlanNotice(const std::optional<CapacityReport>& written,
                                 const std::optional<CapacityReport>& next);

// A correction by the closed loop on the latency target that `written` does not have.
std::optional<Notice> LatencyNotice(const std::optional<CapacityReport>& written,
                                    const std::optional<CapacityReport>& next);

}  // namespace loadcurve::kube
