#pragma once

#include <span>
#include <string>

#include "adapters/pool_codec/demand_file.h"
#include "base/result.h"
#include "base/units.h"
#include "cmd/series_arguments.h"
#include "scaler/capacity/pod_group.h"

namespace loadcurve {

// Replicas that a profile would ask for, by the forecast of the series of its load, from the end
// of the series until `ahead` after `now`. The profile has the name of one of `pods`.
[[nodiscard]] Result<pool_codec::DemandFile> DemandOfProfile(
    const std::string& profile_path, const std::string& workload, const SeriesArguments& series,
    std::span<const capacity::PodGroup> pods, TimePoint until);

}  // namespace loadcurve
