#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/units.h"
#include "cmd/output.h"
#include "scaler/capacity/capacity_offer.h"
#include "scaler/capacity/node_demand.h"
#include "scaler/capacity/plan/capacity_plan.h"
#include "scaler/capacity/plan/load_moves.h"
#include "scaler/capacity/plan/plan_terms.h"
#include "scaler/capacity/plan/subscription_advice.h"
#include "scaler/capacity/spot/loss_record.h"

namespace loadcurve {

// Advice for one subscription: a reserved pool and what it replaces.
struct PoolSubscription {
  std::string pool;
  std::string on_demand_pool;
  double subscribed = 0;  // nodes
  capacity::SubscriptionAdvice advice;
};

// What was seen of a spot pool, and what follows.
struct PoolLosses {
  std::string pool;
  capacity::SeenLosses seen;
  double stated = 0;    // losses an hour
  double believed = 0;  // the same, as planned with
};

// A plan and what it is held against.
struct PlanOutcome {
  TimePoint now;
  Duration window{};  // for which the demand counts
  std::vector<capacity::CapacityOffer> offers;
  capacity::NodeDemand demand;
  capacity::PlanTerms terms;
  capacity::CapacityPlan plan;
  capacity::CapacityPlan on_demand;  // without spot
  std::vector<PoolSubscription> subscriptions;
  std::vector<capacity::LoadMove> moves;
  std::vector<PoolLosses> losses;     // of pools with a trace
  std::vector<std::string> left_out;  // spot that is no cheaper than on demand, in words
  bool is_explained = false;          // pools without nodes too, and every node's pods
};

std::string RenderPlan(const PlanOutcome& outcome, OutputFormat output);

}  // namespace loadcurve
