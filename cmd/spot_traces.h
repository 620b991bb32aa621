#pragma once

#include <string>
#include <vector>

#include "adapters/spot_trace/spot_trace_file.h"
#include "base/result.h"
#include "scaler/capacity/capacity_offer.h"
#include "scaler/capacity/spot/loss_record.h"

namespace loadcurve {

// Spot traces taken over the same time, cut to the shortest. kInvalidArgument names the file that
// cannot be read, or whose step is another than that of the first. At least one path.
[[nodiscard]] Result<std::vector<spot_trace::TraceFile>> ReadTraces(
    const std::vector<std::string>& paths);

// What traces of spot pools among `offers`, each told as "POOL=FILE", show of losses; without any,
// nothing. kInvalidArgument names the trace: of no such pool, of one that was named before, with
// steps of more than 15 minutes, or as ReadTraces has it.
[[nodiscard]] Result<capacity::LossRecord> SeenLossesIn(
    const std::vector<std::string>& traces, const std::vector<capacity::CapacityOffer>& offers);

}  // namespace loadcurve
