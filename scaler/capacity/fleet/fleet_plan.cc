#include "scaler/capacity/fleet/fleet_plan.h"

#include <algorithm>
#include <utility>

#include "scaler/capacity/plan/capacity_planner.h"

namespace loadcurve::capacity {

void FleetPlan::Use(FleetBasis basis) {
  basis_ = std::move(basis);
  SpotRisk risk = SpotRiskOf(basis_.offers, basis_.outages, basis_.seen);
  basis_.offers = std::move(risk.offers);
  outages_ = std::move(risk.outages);
  planned_for_.reset();
}

FleetPlan::Situation FleetPlan::SituationOf(const OrderView& view) const {
  Situation situation;
  for (const CapacityOffer& offer : basis_.offers) {
    const auto count = view.counts.find(offer.pool);
    situation.there[offer.pool] =
        count == view.counts.end() ? 0 : count->second.held + count->second.pending;
    if (view.limits.closed.contains(offer.pool)) situation.closed.insert(offer.pool);
  }
  return situation;
}

Result<CapacityPlan> FleetPlan::PlanOnce(const Situation& situation,
                                         const std::set<std::string>& closed) const {
  std::vector<HeldNodes> held;
  for (const auto& [pool, nodes] : situation.there) {
    const auto unsettled = basis_.unsettled.find(pool);
    const std::int64_t young = unsettled == basis_.unsettled.end() ? 0 : unsettled->second;
    if (nodes > 0)
      held.push_back({.pool = pool, .nodes = nodes, .unsettled = std::min(nodes, young)});
  }
  return PlanCapacity({.offers = basis_.offers,
                       .demand = *basis_.demand,
                       .outages = outages_,
                       .held = std::move(held),
                       .closed = {closed.begin(), closed.end()}},
                      basis_.terms);
}

Result<CapacityPlan> FleetPlan::PlanWith(const Situation& situation) const {
  std::set<std::string> closed = situation.closed;
  closed.insert(basis_.shaken.begin(), basis_.shaken.end());
  LC_TRY(CapacityPlan plan, PlanOnce(situation, closed));
  const bool has_room = plan.packing.unplaced.empty() && plan.notes.empty();
  if (has_room || closed.size() == situation.closed.size()) return plan;
  // Better there than nowhere.
  return PlanOnce(situation, situation.closed);
}

std::vector<PoolWish> FleetPlan::WishesFor(const OrderView& view, bool losing) {
  const Situation situation = SituationOf(view);
  if (planned_for_ != situation) {
    plan_.reset();
    if (basis_.demand) plan_ = PlanWith(situation);
    planned_for_ = situation;
  }
  std::vector<PoolWish> wishes;
  const auto urgency = losing ? OrderUrgency::kReplacement : OrderUrgency::kGrowth;
  if (plan_ && *plan_) {
    for (const PoolPlan& pool : (*plan_)->pools)
      wishes.push_back({.pool = pool.pool, .nodes = pool.nodes, .urgency = urgency});
    return wishes;
  }
  for (const auto& [pool, nodes] : situation.there)
    wishes.push_back({.pool = pool, .nodes = nodes, .urgency = urgency});
  return wishes;
}

std::set<std::string> ShakenBy(const std::string& pool, const std::vector<CapacityOffer>& offers) {
  std::set<std::string> shaken{pool};
  const auto fallen = std::ranges::find(offers, pool, &CapacityOffer::pool);
  if (fallen == offers.end()) return shaken;
  for (const CapacityOffer& offer : offers)
    if (offer.capacity_class == CapacityClass::kSpot && offer.region == fallen->region &&
        offer.zone == fallen->zone)
      shaken.insert(offer.pool);
  return shaken;
}

}  // namespace loadcurve::capacity
