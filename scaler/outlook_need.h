#pragma once

#include <optional>

#include "base/units.h"
#include "forecaster/load_outlook.h"
#include "scaler/cheapest_count.h"
#include "scaler/scaling_profile.h"

namespace loadcurve {

// What replicas are bought for.
struct BuyingAim {
  // What a step short of capacity costs, in replicas over one step. Absent: a level is bought.
  std::optional<double> shortage_cost{};
  double level = 0.95;     // in (0, 1): the load that is covered stays below with this probability
  MetricsQps per_replica;  // what one carries, > 0
};

// The aim of an objective. `shortage_cost` is what was learnt for a budget of violations; without
// it, the budget is kept in each window by itself.
BuyingAim AimOf(const Objective& objective, std::optional<double> shortage_cost,
                MetricsQps per_replica);

// The level of a forecast that stands in where no more is known of the load than a few levels: what
// is stated, or the newsvendor's c / (c + 1) of a shortage that costs c replicas.
double LevelOf(const Objective& objective);

// How many replicas a load so distributed needs.
Replicas NeedOf(const UpperLoad& load, const BuyingAim& aim);

// The load that is not exceeded with probability `level` in (0, 1), between the levels as
// ChanceBeyond has it; below the lowest its load.
MetricsQps LoadAt(const UpperLoad& load, double level);

UpperLoad UpperLoadOf(const LoadRow& row);

// How many replicas more it takes to be short e times more seldom, far out.
double TailReplicas(const LoadRow& row, MetricsQps per_replica);

// How many replicas there must be for `need` of them to be left when that is lost.
Replicas WithReserve(Replicas need, const std::optional<Survival>& survive);

}  // namespace loadcurve
