#pragma once

#include <nlohmann/json.hpp>

#include "cmd/plan_report.h"

namespace loadcurve {

// Nodes that hold the same pods, counted.
struct LikeNodes {
  std::size_t offer = 0;
  std::vector<capacity::PackedPods> pods;
  std::int64_t count = 0;
};

// In the order in which they were packed first.
std::vector<LikeNodes> LikeNodesOf(const capacity::PodPacking& packing);

nlohmann::ordered_json ToJson(const PlanOutcome& outcome);

}  // namespace loadcurve
