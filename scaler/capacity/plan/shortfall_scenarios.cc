#include "scaler/capacity/plan/shortfall_scenarios.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <string>

namespace loadcurve::capacity {
namespace {

// The fractional parts of multiples of the golden ratio are spread evenly whatever they are cut
// into, so no run of scenarios has the high quantiles.
double QuantileOf(std::size_t scenario) {
  constexpr double kGolden = 0.6180339887498949;
  const double turn = (static_cast<double>(scenario) + 0.5) * kGolden;
  return turn - std::floor(turn);
}

}  // namespace

double SizeOf(const ResourceAmounts& amounts) {
  constexpr double kGibPerCore = 4;
  return std::max(amounts[0], amounts[1] / kGibPerCore);
}

ShortfallScenarios ScenariosOf(const PlanInputs& inputs, const std::vector<PodClass>& classes) {
  std::map<std::string, std::size_t> column_of;
  for (std::size_t p = 0; p < inputs.outages.pools.size(); ++p)
    column_of[inputs.outages.pools[p]] = p;
  const bool has_losses = !inputs.outages.alive.empty();
  const std::size_t count = has_losses ? inputs.outages.alive.size() : kDemandScenarios;
  ShortfallScenarios scenarios;
  for (std::size_t s = 0; s < count; ++s) {
    std::vector<ResourceAmounts>& asked = scenarios.asked.emplace_back();
    for (const PodClass& pods : classes)
      asked.push_back(AskedBy(pods, inputs.demand, QuantileOf(s)));
    std::vector<double>& alive = scenarios.alive.emplace_back(inputs.offers.size(), 1.0);
    for (std::size_t i = 0; has_losses && i < inputs.offers.size(); ++i)
      if (const auto found = column_of.find(inputs.offers[i].pool); found != column_of.end())
        alive[i] = inputs.outages.alive[s][found->second];
  }
  return scenarios;
}

}  // namespace loadcurve::capacity
