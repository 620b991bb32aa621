#pragma once

#include <string>

#include "adapters/mock/mock_plan.h"

namespace loadcurve::mock {

// What a log recorded, as a plan in YAML that ParsePlan reads: percentiles of latency and size and
// the shares of statuses, route by route, to be handed on or edited. Routes of `recorded` without
// a `match` only; "other" is what no route answers. What belonged together in one answer (slow and
// failed) does so no more, and nothing of the log but these numbers and the names of routes is in
// it.
std::string WritePlan(const MockPlan& recorded);

}  // namespace loadcurve::mock
