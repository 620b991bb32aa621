#pragma once

#include <optional>
#include <string>

#include "base/result.h"
#include "base/units.h"
#include "metrics/history_store.h"
#include "metrics/load_series.h"
#include "scaler/scaling_profile.h"

namespace loadcurve {

// Under which name a history store keeps what is measured for a profile: of logs the workload as
// they name it, as `history import` has it (empty where the profile takes all of a log); else the
// profile's namespace and name.
std::string HistoryName(const ScalingProfile& profile);

// The load of a profile in [since, until) as a store knows it, at the profile's step and in its
// weights. Absent where the store knows nothing at that step.
[[nodiscard]] Result<std::optional<LoadSeries>> StoredLoad(HistoryStore& store,
                                                           const ScalingProfile& profile,
                                                           TimePoint since, TimePoint until);

}  // namespace loadcurve
