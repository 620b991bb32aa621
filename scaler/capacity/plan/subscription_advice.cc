#include "scaler/capacity/plan/subscription_advice.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <string>

namespace loadcurve::capacity {
namespace {

// `used` falls.
double ShareUsing(const std::vector<double>& used, double nodes) {
  const auto end = std::ranges::lower_bound(used, nodes, std::greater_equal<>());
  return static_cast<double>(end - used.begin()) / static_cast<double>(used.size());
}

UsdPerHour CostOfHolding(const std::vector<double>& used, double nodes,
                         const SubscriptionPrices& prices) {
  double beyond = 0;
  for (const double count : used) beyond += std::max(0.0, count - nodes);
  return prices.subscribed * nodes + prices.on_demand * (beyond / static_cast<double>(used.size()));
}

Result<void> Validate(std::span<const double> nodes_used, const SubscriptionPrices& prices,
                      double subscribed_now) {
  if (nodes_used.empty())
    return Fail(ErrorCode::kInvalidArgument, "no use is known; expected nodes for each span");
  for (const double nodes : nodes_used)
    if (!(nodes >= 0) || !std::isfinite(nodes))
      return Fail(ErrorCode::kInvalidArgument,
                  "use of " + std::to_string(nodes) + " nodes; expected a number >= 0");
  for (const UsdPerHour price : {prices.subscribed, prices.on_demand})
    if (!(price.value() > 0) || !std::isfinite(price.value()))
      return Fail(ErrorCode::kInvalidArgument,
                  "a price of " + std::to_string(price.value()) + "; expected more than 0 USD/h");
  if (!(subscribed_now >= 0) || !std::isfinite(subscribed_now))
    return Fail(ErrorCode::kInvalidArgument,
                std::to_string(subscribed_now) + " nodes subscribed; expected a number >= 0");
  return {};
}

}  // namespace

Result<SubscriptionAdvice> AdviseSubscription(std::span<const double> nodes_used,
                                              const SubscriptionPrices& prices,
                                              double subscribed_now) {
  LC_TRY_VOID(Validate(nodes_used, prices, subscribed_now));
  std::vector<double> used;
  for (const double nodes : nodes_used) used.push_back(std::ceil(nodes - 1e-9));
  std::ranges::sort(used, std::greater<>());
  SubscriptionAdvice advice;
  advice.break_even_share = prices.subscribed / prices.on_demand;
  // Counts that were used are where the curve steps: between two of them the share is the same.
  for (const double count : used)
    if (count > advice.nodes && ShareUsing(used, count) > advice.break_even_share)
      advice.nodes = count;
  advice.cost_now = CostOfHolding(used, subscribed_now, prices);
  advice.cost_advised = CostOfHolding(used, advice.nodes, prices);
  advice.cost_on_demand = CostOfHolding(used, 0, prices);
  for (int tenth = 1; tenth <= 10; ++tenth) {
    const auto index = (used.size() * static_cast<std::size_t>(tenth) + 9) / 10 - 1;
    advice.curve.push_back({used[index], ShareUsing(used, used[index])});
  }
  return advice;
}

}  // namespace loadcurve::capacity
