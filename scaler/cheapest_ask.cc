#include "scaler/cheapest_ask.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>

namespace loadcurve {
namespace {

// What of a replica's price counts before, and at, the last step.
constexpr double kShareBetween = 0.6;
constexpr double kShareOfLast = 0.35;
// Counts are tried one by one up to this, and then in steps of this share of themselves.
constexpr double kFinestShare = 1.0 / 128;

// Of `ready` replicas in one step, of whose price a share counts.
double CostOf(double ready, double share, const UpperLoad& load, const CountPrice& price) {
  return share * ready + price.shortage_cost * ChanceBeyond(load, price.per_replica * ready);
}

double CostOfAll(double count, std::span<const StepToServe> steps, const CountPrice& price) {
  double cost = CostOf(count, kShareOfLast, steps.back().load, price);
  for (std::size_t i = 0; i + 1 < steps.size(); ++i) {
    const double ready = std::min(count, static_cast<double>(steps[i].most.value()));
    cost += steps[i].steps * CostOf(ready, i == 0 ? 1 : kShareBetween, steps[i].load, price);
  }
  return cost;
}

}  // namespace

Replicas CheapestAsk(std::span<const StepToServe> steps, const CountPrice& price) {
  const StepToServe& last = steps.back();
  if (steps.size() == 1) return CheapestCount(last.load, price);
  const auto before = steps.first(steps.size() - 1);
  // No more than any step could want by itself, no less than the last one's lowest level needs.
  Replicas highest =
      CheapestCount(last.load, {price.shortage_cost / kShareOfLast, price.per_replica});
  for (const StepToServe& step : before)
    highest = std::max(highest, std::min(step.most, CheapestCount(step.load, price)));
  const auto first = static_cast<double>(CheapestCount(last.load, {0, price.per_replica}).value());
  double best = first;
  double least = std::numeric_limits<double>::infinity();
  for (double count = first; count <= static_cast<double>(highest.value());
       count += std::max(1.0, std::floor(count * kFinestShare))) {
    const double cost = CostOfAll(count, steps, price);
    if (cost < least) {
      least = cost;
      best = count;
    }
  }
  return Replicas(static_cast<std::int64_t>(best));
}

}  // namespace loadcurve
