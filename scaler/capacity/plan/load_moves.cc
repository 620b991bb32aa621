#include "scaler/capacity/plan/load_moves.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <optional>
#include <utility>

#include "scaler/capacity/plan/capacity_planner.h"

namespace loadcurve::capacity {
namespace {

// The same pods without what holds them; absent where that does not.
std::optional<PodGroupFields> Freed(PodGroupFields fields, MoveKind kind) {
  switch (kind) {
    case MoveKind::kToSpot:
      if (fields.may_be_interrupted) return std::nullopt;
      fields.may_be_interrupted = true;
      return fields;
    case MoveKind::kToOtherPlace:
      if (fields.node_selector.empty()) return std::nullopt;
      fields.node_selector.clear();
      return fields;
    case MoveKind::kVolumes:
      if (fields.zones.empty()) return std::nullopt;
      fields.zones.clear();
      return fields;
  }
  return std::nullopt;
}

// Data is hard to move, and hard to interrupt.
Difficulty DifficultyOf(const PodGroupFields& fields, MoveKind kind) {
  if (kind == MoveKind::kVolumes) return Difficulty::kHigh;
  if (kind == MoveKind::kToOtherPlace) return Difficulty::kMedium;
  return fields.zones.empty() ? Difficulty::kLow : Difficulty::kHigh;
}

double RankOf(const LoadMove& move) {
  return move.saving.value() * std::pow(0.5, static_cast<double>(move.difficulty)) *
         (move.is_core ? 0.5 : 1);
}

Result<CapacityPlan> PlanWith(const PlanInputs& inputs, const PlanTerms& terms, std::size_t group,
                              PodGroupFields fields) {
  std::vector<GroupDemand> groups = inputs.demand.groups();
  LC_TRY(groups[group].pods, PodGroup::Make(std::move(fields)));
  LC_TRY(const auto demand, NodeDemand::Make(inputs.demand.levels(), std::move(groups)));
  return PlanCapacity({inputs.offers, demand, inputs.outages, inputs.held, inputs.closed}, terms);
}

}  // namespace

std::string_view Name(MoveKind kind) {
  switch (kind) {
    case MoveKind::kToSpot:
      return "to spot";
    case MoveKind::kToOtherPlace:
      return "off its node selector";
    case MoveKind::kVolumes:
      return "with its volumes";
  }
  return "";
}

std::string_view Name(Difficulty difficulty) {
  switch (difficulty) {
    case Difficulty::kLow:
      return "low";
    case Difficulty::kMedium:
      return "medium";
    case Difficulty::kHigh:
      return "high";
  }
  return "";
}

Result<std::vector<LoadMove>> RankMoves(const PlanInputs& inputs, const PlanTerms& terms,
                                        const CapacityPlan& plan) {
  constexpr double kLeastEffect = 0.001;
  std::vector<LoadMove> moves;
  for (std::size_t g = 0; g < inputs.demand.groups().size(); ++g) {
    const PodGroupFields& fields = inputs.demand.groups()[g].pods.fields();
    for (const auto kind : {MoveKind::kToSpot, MoveKind::kToOtherPlace, MoveKind::kVolumes}) {
      auto freed = Freed(fields, kind);
      if (!freed) continue;
      LC_TRY(const CapacityPlan other, PlanWith(inputs, terms, g, *std::move(freed)));
      const UsdPerHour saving = plan.cost - other.cost;
      // Pods that have no place now would cost money elsewhere: that is no saving.
      if (!(saving.value() > kLeastEffect * plan.cost.value())) continue;
      moves.push_back({fields.name, kind, saving, Ratio(saving / plan.cost),
                       DifficultyOf(fields, kind), fields.is_core});
    }
  }
  std::ranges::stable_sort(moves, std::greater<>(), RankOf);
  return moves;
}

}  // namespace loadcurve::capacity
