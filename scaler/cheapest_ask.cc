#include "scaler/cheapest_ask.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>

namespace loadcurve {
namespace {

constexpr double kOrderedShare = 0.5;
constexpr double kLastChance = 2;
// Counts are tried one by one up to this, and then in steps of this share of themselves.
constexpr double kFinestShare = 1.0 / 128;

double CostOf(double count, const StepToServe& step, const CountPrice& price) {
  const double ready = std::min(count, static_cast<double>(step.most.value()));
  return step.steps *
         (ready + price.shortage_cost * ChanceBeyond(step.load, price.per_replica * ready));
}

double CostOfLast(double count, const StepToServe& step, const CountPrice& price) {
  return kOrderedShare * count +
         kLastChance * price.shortage_cost * ChanceBeyond(step.load, price.per_replica * count);
}

}  // namespace

Replicas CheapestAsk(std::span<const StepToServe> steps, const CountPrice& price) {
  const StepToServe& last = steps.back();
  if (steps.size() == 1) return CheapestCount(last.load, price);
  const auto before = steps.first(steps.size() - 1);
  // No more than any step could want by itself, no less than the last one's lowest level needs.
  Replicas highest = CheapestCount(
      last.load, {price.shortage_cost * kLastChance / kOrderedShare, price.per_replica});
  for (const StepToServe& step : before)
    highest = std::max(highest, std::min(step.most, CheapestCount(step.load, price)));
  const auto first = static_cast<double>(CheapestCount(last.load, {0, price.per_replica}).value());
  double best = first;
  double least = std::numeric_limits<double>::infinity();
  for (double count = first; count <= static_cast<double>(highest.value());
       count += std::max(1.0, std::floor(count * kFinestShare))) {
    double cost = CostOfLast(count, last, price);
    for (const StepToServe& step : before) cost += CostOf(count, step, price);
    if (cost < least) {
      least = cost;
      best = count;
    }
  }
  return Replicas(static_cast<std::int64_t>(best));
}

}  // namespace loadcurve
