#include "metrics/capacity/mix_plan.h"

#include <algorithm>
#include <cstddef>
#include <numeric>

namespace loadcurve {
namespace {

constexpr std::size_t kMostMixes = 8;
constexpr double kKept = 0.8;
constexpr double kCut = 0.16;

std::vector<double> HeldByRoute(std::span<const RampStep> steps, std::size_t routes) {
  std::vector<double> held(routes, 0);
  for (const RampStep& step : steps) {
    if (step.verdict != StepVerdict::kGood) continue;
    for (const RampInterval& interval : step.Steady())
      for (std::size_t i = 0; i < std::min(routes, interval.routes.size()); ++i)
        held[i] += interval.routes[i].held_seconds;
  }
  return held;
}

MixedRate KeepingOne(const std::vector<double>& base, std::size_t kept, double carried) {
  MixedRate mixed;
  for (std::size_t i = 0; i < base.size(); ++i)
    mixed.mix.push_back(base[i] * (i == kept ? kKept : kCut));
  const double sum = std::accumulate(mixed.mix.begin(), mixed.mix.end(), 0.0);
  for (double& share : mixed.mix) share /= sum;
  mixed.rate = carried * sum;
  return mixed;
}

}  // namespace

std::vector<MixedRate> MixPlan(std::span<const RampStep> steps, const std::vector<double>& base,
                               double carried) {
  const std::vector<double> held = HeldByRoute(steps, base.size());
  std::vector<std::size_t> routes;
  for (std::size_t i = 0; i < base.size(); ++i)
    if (base[i] > 0) routes.push_back(i);
  if (routes.size() < 2 || carried <= 0) return {};
  std::stable_sort(routes.begin(), routes.end(),
                   [&](std::size_t a, std::size_t b) { return held[a] > held[b]; });
  routes.resize(std::min(routes.size(), kMostMixes));
  std::vector<MixedRate> plan;
  for (const std::size_t route : routes) plan.push_back(KeepingOne(base, route, carried));
  return plan;
}

}  // namespace loadcurve
