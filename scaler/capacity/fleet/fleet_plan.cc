#include "scaler/capacity/fleet/fleet_plan.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
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
    if (view.limits.closed.contains(offer.pool))
      situation.closed[offer.pool] = WhyClosed(view, offer);
    if (view.limits.suspects.contains(offer.pool))
      situation.avoided[offer.pool] = "its neighbour is out of stock";
    if (basis_.shaken.contains(offer.pool))
      situation.avoided[offer.pool] = "nodes are being taken away there";
  }
  return situation;
}

// A quota with the nodes that it leaves room for.
std::string FleetPlan::WhyClosed(const OrderView& view, const CapacityOffer& offer) const {
  const ClosedPool& closed = view.limits.closed.at(offer.pool);
  if (closed.shortfall != Shortfall::kQuota) return closed.why;
  std::int64_t held = 0;
  for (const CapacityOffer& other : basis_.offers) {
    const auto count = view.counts.find(other.pool);
    if (count != view.counts.end() && other.region == offer.region &&
        other.capacity_class == offer.capacity_class)
      held += count->second.held + count->second.pending;
  }
  return closed.why + " with " + std::to_string(held) + " " +
         std::string(Name(offer.capacity_class)) + " nodes in " + offer.region;
}

Result<CapacityPlan> FleetPlan::PlanOnce(const Situation& situation, const Reasons& closed) const {
  std::vector<HeldNodes> held;
  for (const auto& [pool, nodes] : situation.there) {
    const auto unsettled = basis_.unsettled.find(pool);
    const std::int64_t young = unsettled == basis_.unsettled.end() ? 0 : unsettled->second;
    if (nodes > 0)
      held.push_back({.pool = pool, .nodes = nodes, .unsettled = std::min(nodes, young)});
  }
  std::vector<std::string> names;
  for (const auto& [pool, why] : closed) names.push_back(pool);
  const auto plan_with = [&]() -> Result<CapacityPlan> {
    LC_TRY(CapacityPlan plan, PlanCapacity({.offers = basis_.offers,
                                            .demand = *basis_.demand,
                                            .outages = outages_,
                                            .held = held,
                                            .closed = names},
                                           basis_.terms));
    for (PoolPlan& pool : plan.pools)
      if (const auto why = closed.find(pool.pool); why != closed.end())
        pool.why += " (no orders: " + why->second + ")";
    return plan;
  };
  LC_TRY(CapacityPlan plan, plan_with());
  auto most = MostMoves(plan);
  if (!most) return plan;
  for (HeldNodes& of : held) {
    const std::int64_t moved = std::min(of.nodes - of.unsettled, *most);
    of.unsettled = of.nodes - moved;
    *most -= moved;
  }
  return plan_with();
}

// A node and the one that takes its place are both paid for while it is left. Absent: the cap on
// spending has room for all that the plan moves, or does not come first.
std::optional<std::int64_t> FleetPlan::MostMoves(const CapacityPlan& plan) const {
  const PlanTerms& terms = basis_.terms;
  if (!terms.spend_cap || terms.when_cap_is_hit != SpendPolicy::kCapFirst) return std::nullopt;
  UsdPerHour both;
  UsdPerHour dearest;  // of what is added
  for (std::size_t i = 0; i < plan.pools.size(); ++i) {
    const PoolPlan& pool = plan.pools[i];
    const CapacityOffer& offer = basis_.offers[i];
    const bool is_reserved = offer.capacity_class == CapacityClass::kReserved;
    both += offer.price *
            static_cast<double>(is_reserved ? offer.most_nodes : std::max(pool.held, pool.nodes));
    if (pool.nodes > pool.held && !is_reserved) dearest = std::max(dearest, offer.price);
  }
  if (both <= *terms.spend_cap || dearest == UsdPerHour(0)) return std::nullopt;
  const double room = (*terms.spend_cap - plan.held_cost) / dearest;
  return static_cast<std::int64_t>(std::max(0.0, std::floor(room + 1e-9)));
}

Result<CapacityPlan> FleetPlan::PlanWith(const Situation& situation) const {
  Reasons closed = situation.closed;
  closed.insert(situation.avoided.begin(), situation.avoided.end());
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
      wishes.push_back({.pool = pool.pool,
                        .nodes = pool.nodes,
                        .urgency = urgency,
                        .reason = {pool.why, (*plan_)->cost, (*plan_)->risk.tail_shortfall}});
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
