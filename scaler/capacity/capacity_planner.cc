#include "scaler/capacity/capacity_planner.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "scaler/capacity/plan_program.h"
#include "scaler/capacity/pod_classes.h"
#include "scaler/capacity/shortfall_scenarios.h"

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

// Of all nodes; reserved ones are paid for, so many as there are.
UsdPerHour CostOf(std::span<const CapacityOffer> offers, std::span<const std::int64_t> nodes) {
  UsdPerHour cost;
  for (std::size_t i = 0; i < offers.size(); ++i) {
    const bool is_reserved = offers[i].capacity_class == CapacityClass::kReserved;
    cost += offers[i].price * static_cast<double>(is_reserved ? offers[i].most_nodes : nodes[i]);
  }
  return cost;
}

class Planning {
 public:
  Planning(const PlanInputs& inputs, const PlanTerms& terms)
      : inputs_(inputs),
        terms_(terms),
        held_(HeldOf(inputs)),
        classes_(ClassesOf(inputs.demand, inputs.offers, terms.level)),
        scenarios_(ScenariosOf(inputs, classes_.classes)),
        program_(inputs, terms, classes_.classes, scenarios_) {}

  Result<CapacityPlan> Plan(const SolverEffort& effort) {
    LC_TRY(const LinearSolution solution, Solve(program_.program(), effort));
    std::vector<std::int64_t> nodes = program_.NodesOf(solution.values);
    CapacityPlan plan;
    plan.packing = PackPods(inputs_.demand, terms_.level, inputs_.offers, nodes);
    plan.notes = program_.Excesses(solution.values);
    const bool has_room = plan.notes.empty();
    const double mended = has_room ? Mend(nodes, plan) : 0;
    plan.is_searched = solution.is_searched;
    plan.above_bound =
        solution.bound > 0 ? (solution.cost + mended - solution.bound) / solution.bound : 0;
    plan.risk = program_.RiskOf(solution.values);
    plan.cost = CostOf(inputs_.offers, nodes);
    plan.held_cost = CostOf(inputs_.offers, held_);
    for (std::size_t i = 0; i < nodes.size(); ++i)
      plan.pools.push_back(
          {inputs_.offers[i].pool, held_[i], nodes[i], WhyOf(i, nodes[i], solution)});
    return plan;
  }

 private:
  // Adds a machine where pods did not fit together, until they do; gives what it costs an hour.
  double Mend(std::vector<std::int64_t>& nodes, CapacityPlan& plan) const {
    constexpr int kMostRounds = 20;
    double cost = 0;
    for (int round = 0; round < kMostRounds && !plan.packing.unplaced.empty(); ++round) {
      bool is_changed = false;
      for (const UnplacedPods& pods : plan.packing.unplaced) {
        const auto offer = CheapestFor(pods, nodes);
        if (!offer) continue;
        nodes[*offer] += inputs_.offers[*offer].pieces;
        cost += program_.CostOfNew(*offer);
        is_changed = true;
      }
      if (!is_changed) break;
      plan.packing = PackPods(inputs_.demand, terms_.level, inputs_.offers, nodes);
    }
    return cost;
  }

  // The pool with the cheapest machine by how many of the pods it takes.
  std::optional<std::size_t> CheapestFor(const UnplacedPods& pods,
                                         const std::vector<std::int64_t>& nodes) const {
    const PodGroup& group = inputs_.demand.groups()[pods.group].pods;
    std::optional<std::size_t> cheapest;
    double least = 0;
    for (std::size_t i = 0; i < inputs_.offers.size(); ++i) {
      const CapacityOffer& offer = inputs_.offers[i];
      if (!MayGrow(i, nodes) || WhyNotOn(group, offer)) continue;
      const double each = std::floor(
          1 / DominantShare(AmountsOf(group.request()), AmountsOf(offer.allocatable)) + 1e-9);
      const double taken = std::min(static_cast<double>(pods.count),
                                    each * offer.speed * static_cast<double>(offer.pieces));
      const double price = program_.CostOfNew(i) / taken;
      if (cheapest && price >= least) continue;
      cheapest = i;
      least = price;
    }
    return cheapest;
  }

  bool MayGrow(std::size_t i, const std::vector<std::int64_t>& nodes) const {
    const CapacityOffer& offer = inputs_.offers[i];
    if (nodes[i] + offer.pieces > offer.most_nodes) return false;
    if (std::ranges::find(inputs_.closed, offer.pool) != inputs_.closed.end()) return false;
    if (terms_.spend_cap && terms_.when_cap_is_hit == SpendPolicy::kCapFirst &&
        CostOf(inputs_.offers, nodes) + offer.price * static_cast<double>(offer.pieces) >
            *terms_.spend_cap)
      return false;
    for (const CpuQuota& quota : terms_.quotas)
      if (quota.region == offer.region && quota.capacity_class == offer.capacity_class &&
          CoresUnder(quota, nodes) + CoresOf(offer) * static_cast<double>(offer.pieces) >
              quota.cpu.value())
        return false;
    return true;
  }

  static double CoresOf(const CapacityOffer& offer) {
    return offer.vcpu > CpuCores(0) ? offer.vcpu.value() : offer.allocatable.cpu.value();
  }

  double CoresUnder(const CpuQuota& quota, const std::vector<std::int64_t>& nodes) const {
    double cores = 0;
    for (std::size_t i = 0; i < nodes.size(); ++i)
      if (inputs_.offers[i].region == quota.region &&
          inputs_.offers[i].capacity_class == quota.capacity_class)
        cores += CoresOf(inputs_.offers[i]) * static_cast<double>(nodes[i]);
    return cores;
  }

  bool IsOfUse(std::size_t offer) const {
    return std::ranges::any_of(classes_.classes, [&](const PodClass& pods) {
      return std::ranges::any_of(pods.places, [&](const PodClass::Place& place) {
        return place.offer == offer;
      });
    });
  }

  std::string WhyOf(std::size_t i, std::int64_t nodes, const LinearSolution& solution) const {
    const CapacityOffer& offer = inputs_.offers[i];
    if (!IsOfUse(i)) return "no pods may stand on it";
    if (offer.capacity_class == CapacityClass::kReserved)
      return nodes > 0 ? "paid for already: used first" : "paid for already, and not needed";
    const double core_price =
        offer.price.value() / (offer.allocatable.cpu.value() * offer.speed);
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
  PodClasses classes_;
  ShortfallScenarios scenarios_;
  PlanProgram program_;
};

}  // namespace

Result<CapacityPlan> PlanCapacity(const PlanInputs& inputs, const PlanTerms& terms,
                                  const SolverEffort& effort) {
  LC_TRY_VOID(Validate(inputs, terms));
  return Planning(inputs, terms).Plan(effort);
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
