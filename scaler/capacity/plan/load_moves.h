#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/units.h"
#include "scaler/capacity/plan/capacity_plan.h"
#include "scaler/capacity/plan/plan_inputs.h"
#include "scaler/capacity/plan/plan_terms.h"

namespace loadcurve::capacity {

// What keeps a workload from where it would be cheaper.
enum class MoveKind {
  kToSpot,        // it is said not to bear interruptions
  kToOtherPlace,  // its node selector names nodes, a zone or a region; egress is counted
  kVolumes,       // its volumes are in a zone
};

// "to spot", "off its node selector", "with its volumes".
std::string_view Name(MoveKind kind);

enum class Difficulty { kLow, kMedium, kHigh };

// "low", "medium", "high".
std::string_view Name(Difficulty difficulty);

// What it would save if a workload could stand elsewhere.
struct LoadMove {
  std::string workload;
  MoveKind kind = MoveKind::kToSpot;
  UsdPerHour saving;  // > 0
  Ratio effect;       // of what the plan costs
  Difficulty difficulty = Difficulty::kLow;
  bool is_core = false;
};

// Plans anew for each workload and each thing that holds it, and ranks what that would save: by the
// saving, counted by half for each step of difficulty and by half for what is core. Moves that save
// less than a thousandth are left out. `plan` is that of the same inputs.
[[nodiscard]] Result<std::vector<LoadMove>> RankMoves(const PlanInputs& inputs,
                                                      const PlanTerms& terms,
                                                      const CapacityPlan& plan);

}  // namespace loadcurve::capacity
