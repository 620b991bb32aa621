#include "scaler/capacity/plan/capacity_planner.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "scaler/capacity/plan/near_pools.h"
#include "scaler/capacity/plan/neighbour_counts.h"
#include "scaler/capacity/plan/plan_mending.h"
#include "scaler/capacity/plan/plan_program.h"
#include "scaler/capacity/plan/pod_classes.h"
#include "scaler/capacity/plan/shortfall_scenarios.h"
#include "scaler/capacity/plan/zone_choice.h"

namespace loadcurve::capacity {
namespace {

std::string Short(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.4g", value);
  return text;
}

Result<void> Validate(const PlanInputs& inputs, const PlanTerms& terms) {
  LC_TRY_VOID(terms.Validate());
  std::set<std::string> pools;
  for (const CapacityOffer& offer : inputs.offers) {
    if (!pools.insert(offer.pool).second)
      return Fail(ErrorCode::kInvalidArgument,
                  "pool '" + offer.pool + "' is offered twice; expected once");
    const bool is_valid = offer.price.value() > 0 && std::isfinite(offer.price.value()) &&
                          offer.speed > 0 && std::isfinite(offer.speed) && offer.pieces >= 1 &&
                          offer.most_nodes >= 0 && offer.losses_per_hour >= 0;
    if (!is_valid)
      return Fail(ErrorCode::kInvalidArgument,
                  "pool '" + offer.pool + "': price " + Short(offer.price.value()) + ", speed " +
                      Short(offer.speed) + ", losses an hour " + Short(offer.losses_per_hour) +
                      "; expected price and speed above 0, losses >= 0, pieces >= 1");
  }
  for (const HeldNodes& held : inputs.held)
    if (!pools.contains(held.pool))
      return Fail(ErrorCode::kInvalidArgument,
                  "nodes are held in pool '" + held.pool + "'; expected a pool that is offered");
  return {};
}

std::vector<std::int64_t> HeldOf(const PlanInputs& inputs) {
  std::map<std::string, std::int64_t> nodes_of;
  for (const HeldNodes& held : inputs.held) nodes_of[held.pool] += held.nodes;
  std::vector<std::int64_t> nodes;
  for (const CapacityOffer& offer : inputs.offers) nodes.push_back(nodes_of[offer.pool]);
  return nodes;
}

class Planning {
 public:
  Planning(const PlanInputs& inputs, const PlanTerms& terms)
      : inputs_(inputs),
        terms_(terms),
        held_(HeldOf(inputs)),
        neighbours_(inputs.demand),
        counts_(inputs.demand, neighbours_, inputs.offers, terms.level),
        classes_(ClassesOf(inputs.demand, counts_, inputs.offers, terms.level)),
        scenarios_(ScenariosOf(inputs, classes_.classes)),
        program_(inputs, terms, neighbours_, counts_, classes_.classes, scenarios_) {}

  // With parts of nodes: no plan can be cheaper.
  Result<RelaxedProgram> Relaxed() const { return RelaxedProgram::Make(program_.program()); }

  std::vector<std::size_t> Near(const LinearSolution& relaxed) const {
    return NearPools(inputs_, program_, relaxed);
  }

  // `relaxed`: of this; `bound`: of the plan that this is a part of; absent: its own.
  Result<CapacityPlan> Plan(RelaxedProgram& relaxed, const SolverEffort& effort,
                            std::optional<double> bound = {}) const {
    LC_TRY(const LinearSolution solution, relaxed.Round(effort));
    const double least = std::min(bound.value_or(solution.bound), solution.bound);
    std::vector<std::int64_t> nodes = program_.NodesOf(solution.values);
    CapacityPlan plan;
    plan.packing = PackPods(inputs_.demand, terms_.level, inputs_.offers, nodes);
    plan.notes = program_.Excesses(solution.values);
    plan.risk = program_.RiskOf(solution.values);
    double cost = solution.cost;
    if (plan.notes.empty()) {
      const PlanMending mending(inputs_, terms_, neighbours_, program_);
      cost += mending.AddNodes(nodes, plan.packing);
      cost -= mending.TakeNodes(nodes, plan.packing, plan.risk);
    }
    plan.is_searched = solution.is_searched;
    const double all = least + PaidAnyway(inputs_.offers).value();
    // What the program holds for the least may still be more than whole pods need.
    plan.above_bound = all > 0 ? std::max(0.0, cost - least) / all : 0;
    plan.cost = CostOf(inputs_.offers, nodes);
    plan.held_cost = CostOf(inputs_.offers, held_);
    for (std::size_t i = 0; i < nodes.size(); ++i)
      plan.pools.push_back(
          {inputs_.offers[i].pool, held_[i], nodes[i], WhyOf(i, nodes[i], solution)});
    return plan;
  }

  // A plan of some of the pools as one of all, none in the others.
  CapacityPlan Widened(CapacityPlan plan, const std::vector<std::size_t>& pools,
                       const LinearSolution& relaxed) const {
    std::vector<PoolPlan> all;
    for (std::size_t i = 0; i < inputs_.offers.size(); ++i)
      all.push_back({inputs_.offers[i].pool, held_[i], 0, WhyOf(i, 0, relaxed)});
    for (std::size_t n = 0; n < pools.size(); ++n) all[pools[n]] = std::move(plan.pools[n]);
    plan.pools = std::move(all);
    for (PackedNode& node : plan.packing.nodes) node.offer = pools[node.offer];
    return plan;
  }

 private:
  bool IsOfUse(std::size_t offer) const {
    return std::ranges::any_of(classes_.classes, [&](const PodClass& pods) {
      return std::ranges::any_of(
          pods.places, [&](const PodClass::Place& place) { return place.offer == offer; });
    });
  }

  std::string WhyOf(std::size_t i, std::int64_t nodes, const LinearSolution& solution) const {
    const CapacityOffer& offer = inputs_.offers[i];
    if (!IsOfUse(i)) return "no pods may stand on it";
    if (offer.capacity_class == CapacityClass::kReserved)
      return nodes > 0 ? "paid for already: used first" : "paid for already, and not needed";
    const double core_price = offer.price.value() / (offer.allocatable.cpu.value() * offer.speed);
    const std::string price = Short(core_price) + " USD a core-hour" +
                              (offer.speed == 1 ? "" : " at speed " + Short(offer.speed));
    if (nodes == 0) {
      if (std::ranges::find(inputs_.closed, offer.pool) != inputs_.closed.end())
        return "nothing can be ordered there now";
      const auto wanted = program_.PriceWanted(i, solution);
      return wanted ? price + "; would be taken below " + Short(wanted->value()) + " USD/h"
                    : price + "; not needed";
    }
    if (nodes == offer.most_nodes) return price + "; all there are";
    if (nodes < held_[i]) return price + "; fewer are needed";
    if (nodes == held_[i]) return price + "; held, and no other is so much cheaper";
    return price + "; cheapest for what it adds";
  }

  const PlanInputs& inputs_;
  const PlanTerms& terms_;
  std::vector<std::int64_t> held_;
  PodNeighbours neighbours_;
  NeighbourCounts counts_;
  PodClasses classes_;
  ShortfallScenarios scenarios_;
  PlanProgram program_;
};

// A way to share zones among pods that keep apart in them, or stand together.
struct SharedZones {
  SharedZones(const PlanInputs& of, const PlanTerms& terms, const ZoneChoice& choice)
      : demand(WithZones(of.demand, choice)),
        inputs{of.offers, demand, of.outages, of.held, of.closed},
        planning(inputs, terms) {
    for (std::size_t group = 0; group < choice.size(); ++group)
      if (choice[group] && choice[group]->empty())
        without_zone += demand.ReplicasAt(group, terms.level);
  }

  NodeDemand demand;
  PlanInputs inputs;
  Planning planning;
  double without_zone = 0;  // pods
};

// Of some ways the one that leaves the fewest pods without a zone, and then has the lowest bound.
// `bound`: of all.
Result<CapacityPlan> PlanInZones(const PlanInputs& inputs, const PlanTerms& terms,
                                 const SolverEffort& effort, const PodNeighbours& neighbours,
                                 double bound) {
  std::unique_ptr<SharedZones> best;
  std::optional<RelaxedProgram> best_relaxed;
  for (const ZoneChoice& choice :
       ZoneChoicesFor(inputs.demand, neighbours, inputs.offers, terms.level)) {
    auto shared = std::make_unique<SharedZones>(inputs, terms, choice);
    LC_TRY(RelaxedProgram relaxed, shared->planning.Relaxed());
    if (best && std::pair(shared->without_zone, relaxed.solution().bound) >=
                    std::pair(best->without_zone, best_relaxed->solution().bound))
      continue;
    best_relaxed.reset();
    best = std::move(shared);
    best_relaxed.emplace(std::move(relaxed));
  }
  // Who has no zone is in the bound of all, but not in the plan's cost.
  return best->planning.Plan(*best_relaxed, effort,
                             best->without_zone > 0 ? std::nullopt : std::optional(bound));
}

// Of many pools few matter, and who stands beside whom makes each of them dear to plan with: what
// all pools together could do gives the bound, and those that it uses or nearly does the plan.
Result<CapacityPlan> PlanAmongNeighbours(const PlanInputs& inputs, const PlanTerms& terms,
                                         const SolverEffort& effort,
                                         const PodNeighbours& neighbours) {
  const Planning all(inputs, terms);
  LC_TRY(const RelaxedProgram relaxed, all.Relaxed());
  const LinearSolution& solution = relaxed.solution();
  const std::vector<std::size_t> pools = all.Near(solution);
  std::vector<CapacityOffer> offers;
  for (const std::size_t pool : pools) offers.push_back(inputs.offers[pool]);
  const PlanInputs near{offers, inputs.demand, inputs.outages, inputs.held, inputs.closed};
  LC_TRY(CapacityPlan plan, PlanInZones(near, terms, effort, neighbours, solution.bound));
  return all.Widened(std::move(plan), pools, solution);
}

}  // namespace

Result<CapacityPlan> PlanCapacity(const PlanInputs& inputs, const PlanTerms& terms,
                                  const SolverEffort& effort) {
  LC_TRY_VOID(Validate(inputs, terms));
  const PodNeighbours neighbours(inputs.demand);
  if (!neighbours.is_empty()) return PlanAmongNeighbours(inputs, terms, effort, neighbours);
  const Planning planning(inputs, terms);
  LC_TRY(RelaxedProgram relaxed, planning.Relaxed());
  return planning.Plan(relaxed, effort);
}

Result<CapacityPlan> PlanOnDemand(const PlanInputs& inputs, PlanTerms terms) {
  terms.most_spot.reset();
  terms.spend_cap.reset();
  std::vector<CapacityOffer> offers;
  for (const CapacityOffer& offer : inputs.offers)
    if (offer.capacity_class != CapacityClass::kSpot) offers.push_back(offer);
  const JointOutages nothing_lost;
  return PlanCapacity({offers, inputs.demand, nothing_lost, {}, inputs.closed}, terms);
}

}  // namespace loadcurve::capacity
