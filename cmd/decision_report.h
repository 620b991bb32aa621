#pragma once

#include <nlohmann/json_fwd.hpp>

#include "cmd/output.h"
#include "scaler/replica_decision.h"

namespace loadcurve {

// {"workload","current","desired","valid_until","reasons":[{"stage","before","after","why"}]},
// as docs/configuration.md has it.
nlohmann::ordered_json ToJson(const ReplicaDecision& decision);

// A row a reason: stage, before, after, why.
Table ReasonsTable(const ReplicaDecision& decision);

}  // namespace loadcurve
