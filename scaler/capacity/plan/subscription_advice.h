#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "base/result.h"
#include "base/units.h"

namespace loadcurve::capacity {

// What a node costs by the hour, and by subscription: paid whether it is used or not.
struct SubscriptionPrices {
  UsdPerHour subscribed;  // > 0
  UsdPerHour on_demand;   // > 0
};

// A point of the load-duration curve: in so large a share of the hours that many nodes, or more,
// were in use.
struct DurationPoint {
  double nodes = 0;
  double share = 0;
};

// How many nodes to hold by subscription.
struct SubscriptionAdvice {
  double nodes = 0;             // 0 where none pays
  double break_even_share = 0;  // a node pays if it is used in more than this share of the hours
  UsdPerHour cost_now;          // in the mean: with what is subscribed today
  UsdPerHour cost_advised;
  UsdPerHour cost_on_demand;         // with none at all
  std::vector<DurationPoint> curve;  // at each tenth of the hours
};

// The newsvendor's answer on the load-duration curve: the n-th node pays if the share of the hours
// in which at least n are used is above subscribed / on_demand; then holding n costs least.
// `nodes_used` are means of equal spans of time, finite and >= 0, at least one; whole nodes are
// counted, since a node that is used in part is used. `subscribed_now` >= 0. Anything else is
// kInvalidArgument.
[[nodiscard]] Result<SubscriptionAdvice> AdviseSubscription(std::span<const double> nodes_used,
                                                            const SubscriptionPrices& prices,
                                                            double subscribed_now = 0);

}  // namespace loadcurve::capacity
