#include "scaler/outlook_need.h"

#include <algorithm>
#include <cmath>

namespace loadcurve {
namespace {

constexpr double kRoundingError = 1e-9;
constexpr double kMostReplicas = 1e6;
constexpr double kMinutesAnHour = 60;
// Of kTailLevels: 0.99 and 0.999.
constexpr std::size_t kOneInAHundred = 10;
constexpr std::size_t kOneInAThousand = 15;
static_assert(kTailLevels[kOneInAHundred] == 0.99 && kTailLevels[kOneInAThousand] == 0.999);

Replicas CeilingOf(double exact) {
  return Replicas(
      static_cast<std::int64_t>(std::min(std::ceil(exact * (1 - kRoundingError)), kMostReplicas)));
}

// A minute short of capacity, or any step, in replicas over as long.
double ShortageCostOf(const ShortagePrices& prices) {
  return prices.shortage_minute * kMinutesAnHour / prices.replica_hour;
}

}  // namespace

BuyingAim AimOf(const Objective& objective, std::optional<double> shortage_cost,
                MetricsQps per_replica) {
  BuyingAim aim{.level = LevelOf(objective), .per_replica = per_replica};
  if (objective.violations) {
    aim.shortage_cost = shortage_cost;
  } else if (objective.prices) {
    aim.shortage_cost = ShortageCostOf(*objective.prices);
  }
  return aim;
}

double LevelOf(const Objective& objective) {
  if (objective.violations) return 1 - objective.violations->value();
  if (!objective.prices) return objective.quantile;
  const double cost = ShortageCostOf(*objective.prices);
  return std::clamp(cost / (cost + 1), 0.5, 0.9999);
}

Replicas NeedOf(const UpperLoad& load, const BuyingAim& aim) {
  if (aim.shortage_cost) return CheapestCount(load, {*aim.shortage_cost, aim.per_replica});
  return CeilingOf(LoadAt(load, aim.level) / aim.per_replica);
}

MetricsQps LoadAt(const UpperLoad& load, double level) {
  const auto above = std::ranges::lower_bound(load.levels, level);
  auto i = static_cast<std::size_t>(above - load.levels.begin());
  if (i == 0 || load.levels.size() == 1) return load.loads.front();
  i = std::min(i, load.levels.size() - 1);
  const double low = std::log(1 - load.levels[i - 1]);
  const double share = (std::log(1 - level) - low) / (std::log(1 - load.levels[i]) - low);
  return load.loads[i - 1] + (load.loads[i] - load.loads[i - 1]) * share;
}

UpperLoad UpperLoadOf(const LoadRow& row) {
  return {kTailLevels, row};
}

double TailReplicas(const LoadRow& row, MetricsQps per_replica) {
  return (row[kOneInAThousand] - row[kOneInAHundred]) / per_replica / std::log(10.0);
}

Replicas WithReserve(Replicas need, const std::optional<Survival>& survive) {
  if (!survive || need == Replicas(0)) return need;
  if (survive->zones == 0) return need + survive->pods;
  // The fullest of z zones holds ceil(n / z) of n replicas: n - ceil(n / z) >= need.
  const std::int64_t left = survive->zones - 1;
  return Replicas((need.value() * survive->zones + left - 1) / left);
}

}  // namespace loadcurve
