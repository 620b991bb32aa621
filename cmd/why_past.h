#pragma once

#include <string>

#include "base/result.h"
#include "cmd/why_report.h"
#include "metrics/history_store.h"
#include "scaler/scaling_profile.h"

namespace loadcurve {

// The load at `past.at` as the store knows it and the replicas that it needs: of the profile's
// step, a minute at least, or of the hour where no more is kept. What the store does not know, or
// knows in part, is added to what is unknown. `path` is what the store is called. Errors as
// HistoryStore::Measured.
[[nodiscard]] Result<void> AddStoredLoad(HistoryStore& store, const std::string& path,
                                         const ScalingProfile& profile, PastEvidence& past);

}  // namespace loadcurve
