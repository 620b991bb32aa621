#include "scaler/replica_path.h"

#include <algorithm>
#include <array>
#include <limits>

namespace loadcurve {
namespace {

constexpr double kRoundingError = 1e-9;
constexpr double kNever = std::numeric_limits<double>::infinity();

// cost[i]: of the cheapest path from stretch i on, with a change at its beginning.
using CostFrom = std::array<double, kMostStretches + 1>;

struct Lot {
  double count = 0;
  std::size_t end = 0;  // the stretch at which the count changes again
  double cost = kNever;
};

// The cheapest lot that begins with stretch `first`.
Lot CheapestLot(std::span<const PathStretch> stretches, std::size_t first, double change_cost,
                const CostFrom& cost_from) {
  Lot best;
  double count = 0;
  double steps = 0;
  for (std::size_t i = first; i < stretches.size(); ++i) {
    count = std::max(count, stretches[i].need);
    steps += stretches[i].steps;
    const double cost = change_cost + count * steps + cost_from[i + 1];
    // Of two that cost the same the longer.
    if (cost <= best.cost * (1 + kRoundingError)) best = {count, i + 1, cost};
  }
  return best;
}

// Keeping `current` for as long as it pays.
Lot CheapestStay(double current, std::span<const PathStretch> stretches,
                 const CostFrom& cost_from) {
  Lot best;
  double steps = 0;
  for (std::size_t i = 0;
       i < stretches.size() && stretches[i].need <= current * (1 + kRoundingError); ++i) {
    steps += stretches[i].steps;
    const double cost = current * steps + cost_from[i + 1];
    if (cost <= best.cost * (1 + kRoundingError)) best = {current, i + 1, cost};
  }
  return best;
}

}  // namespace

PathStart CheapestPath(double current, std::span<const PathStretch> stretches, double change_cost) {
  const auto costs_after_first = [&](std::span<const PathStretch> path) {
    CostFrom cost_from{};
    for (std::size_t i = path.size() - 1; i > 0; --i)
      cost_from[i] = CheapestLot(path, i, change_cost, cost_from).cost;
    return cost_from;
  };
  const Lot lot = CheapestLot(stretches, 0, change_cost, costs_after_first(stretches));
  if (stretches.front().need > current * (1 + kRoundingError))
    return {lot.count, false, lot.end, lot.cost, kNever};
  std::array<PathStretch, kMostStretches> capped{};
  const auto path = std::span(capped).first(stretches.size());
  std::ranges::transform(stretches, path.begin(), [&](const PathStretch& stretch) {
    return PathStretch{stretch.steps, std::min(stretch.need, current)};
  });
  const CostFrom cost_from = costs_after_first(path);
  const Lot stay = CheapestStay(current, path, cost_from);
  const Lot leave = CheapestLot(path, 0, change_cost, cost_from);
  if (lot.count >= current || stay.cost <= leave.cost * (1 + kRoundingError))
    return {current, true, stay.end, stay.cost, leave.cost};
  return {lot.count, false, lot.end, leave.cost, stay.cost};
}

}  // namespace loadcurve
