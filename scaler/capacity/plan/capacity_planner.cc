#include "scaler/capacity/plan/capacity_planner.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

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

// Of all reserved nodes, used or not.
UsdPerHour PaidAnyway(std::span<const CapacityOffer> offers) {
  UsdPerHour cost;
  for (const CapacityOffer& offer : offers)
    if (offer.capacity_class == CapacityClass::kReserved)
      cost += offer.price * static_cast<double>(offer.most_nodes);
  return cost;
}

UsdPerHour CostOf(std::span<const CapacityOffer> offers, std::span<const std::int64_t> nodes) {
  UsdPerHour cost = PaidAnyway(offers);
  for (std::size_t i = 0; i < offers.size(); ++i)
    if (offers[i].capacity_class != CapacityClass::kReserved)
      cost += offers[i].price * static_cast<double>(nodes[i]);
  return cost;
}

class Planning {
 public:
  Planning(const PlanInputs& inputs, const PlanTerms& terms)
      : inputs_(inputs),
        terms_(terms),
        held_(HeldOf(inputs)),
        neighbours_(inputs.demand),
        classes_(ClassesOf(inputs.demand, neighbours_, inputs.offers, terms.level)),
        scenarios_(ScenariosOf(inputs, classes_.classes)),
        program_(inputs, terms, neighbours_, classes_.classes, scenarios_) {}

  // No plan can be cheaper, nodes that are parts included.
  Result<double> Bound() const { return BoundOf(program_.program()); }

  // `bound`: of the plan that this is a part of; absent: its own.
  Result<CapacityPlan> Plan(const SolverEffort& effort, std::optional<double> bound = {}) {
    LC_TRY(const LinearSolution solution, Solve(program_.program(), effort));
    const double least = std::min(bound.value_or(solution.bound), solution.bound);
    std::vector<std::int64_t> nodes = program_.NodesOf(solution.values);
    CapacityPlan plan;
    plan.packing = PackPods(inputs_.demand, terms_.level, inputs_.offers, nodes);
    plan.notes = program_.Excesses(solution.values);
    const bool has_room = plan.notes.empty();
    const double mended = has_room ? Mend(nodes, plan) : 0;
    plan.is_searched = solution.is_searched;
    const double all = least + PaidAnyway(inputs_.offers).value();
    plan.above_bound = all > 0 ? (solution.cost + mended - least) / all : 0;
    plan.risk = program_.RiskOf(solution.values);
    plan.cost = CostOf(inputs_.offers, nodes);
    plan.held_cost = CostOf(inputs_.offers, held_);
    for (std::size_t i = 0; i < nodes.size(); ++i)
      plan.pools.push_back(
          {inputs_.offers[i].pool, held_[i], nodes[i], WhyOf(i, nodes[i], solution)});
    return plan;
  }

 private:
  // Adds machines where pods did not fit together, until they do or that is of no use; gives what
  // they cost an hour.
  double Mend(std::vector<std::int64_t>& nodes, CapacityPlan& plan) const {
    constexpr int kMostRounds = 60;
    constexpr int kMostInVain = 5;
    constexpr int kMostRepacked = 4;
    int repacked = 0;
    double cost = 0;
    std::vector<std::int64_t> tried = nodes;
    double tried_cost = 0;
    PodPacking packing = plan.packing;
    for (int round = 0, in_vain = 0; round < kMostRounds && in_vain < kMostInVain; ++round) {
      if (packing.unplaced.empty()) break;
      for (const UnplacedPods& pods : packing.unplaced) tried_cost += AddMachines(pods, tried);
      packing = PackRest(std::move(packing), inputs_.demand, inputs_.offers, tried);
      // Who must stand beside others finds no place on nodes that nobody is on yet.
      const bool is_in_vain = packing.UnplacedCount() >= plan.packing.UnplacedCount();
      if (is_in_vain && !neighbours_.is_empty() && ++repacked <= kMostRepacked)
        packing = PackPods(inputs_.demand, terms_.level, inputs_.offers, tried);
      ++in_vain;
      if (packing.UnplacedCount() >= plan.packing.UnplacedCount()) continue;
      in_vain = 0;
      plan.packing = packing;
      nodes = tried;
      cost = tried_cost;
    }
    return cost;
  }

  // Half of what the pods take alone, since others may find room beside them, and one at least.
  double AddMachines(const UnplacedPods& pods, std::vector<std::int64_t>& nodes) const {
    const auto offer = CheapestFor(pods, nodes);
    if (!offer) return 0;
    const auto wanted = static_cast<double>(pods.count) / TakenBy(*offer, pods) / 2;
    double cost = 0;
    for (double count = 0; count < std::max(1.0, std::floor(wanted)) && MayGrow(*offer, nodes);
         ++count) {
      nodes[*offer] += inputs_.offers[*offer].pieces;
      cost += program_.CostOfNew(*offer);
    }
    return cost;
  }

  // How many of the pods a machine takes.
  double TakenBy(std::size_t i, const UnplacedPods& pods) const {
    const CapacityOffer& offer = inputs_.offers[i];
    const auto each =
        static_cast<double>(PodsOnEmptyNode(inputs_.demand.groups()[pods.group].pods, offer));
    return each * offer.speed * static_cast<double>(offer.pieces);
  }

  // The pool with the cheapest machine by how many of the pods it takes.
  std::optional<std::size_t> CheapestFor(const UnplacedPods& pods,
                                         const std::vector<std::int64_t>& nodes) const {
    const PodGroup& group = inputs_.demand.groups()[pods.group].pods;
    std::optional<std::size_t> cheapest;
    double least = 0;
    for (std::size_t i = 0; i < inputs_.offers.size(); ++i) {
      const CapacityOffer& offer = inputs_.offers[i];
      if (!pods.zone.empty() && offer.zone != pods.zone) continue;
      if (!MayGrow(i, nodes) || WhyNotOn(group, offer)) continue;
      const double price =
          program_.CostOfNew(i) / std::min(static_cast<double>(pods.count), TakenBy(i, pods));
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
  PodClasses classes_;
  ShortfallScenarios scenarios_;
  PlanProgram program_;
};

// The best of some ways to share zones among pods that keep apart in them, or stand together: the
// one that leaves the fewest pods without a zone, and then has the lowest bound.
Result<CapacityPlan> PlanInZones(const PlanInputs& inputs, const PlanTerms& terms,
                                 const SolverEffort& effort, const PodNeighbours& neighbours) {
  std::optional<NodeDemand> best;
  std::pair<double, double> least;
  for (const ZoneChoice& choice :
       ZoneChoicesFor(inputs.demand, neighbours, inputs.offers, terms.level)) {
    NodeDemand demand = WithZones(inputs.demand, choice);
    double without_zone = 0;
    for (std::size_t group = 0; group < choice.size(); ++group)
      if (choice[group] && choice[group]->empty())
        without_zone += demand.ReplicasAt(group, terms.level);
    const PlanInputs chosen{inputs.offers, demand, inputs.outages, inputs.held, inputs.closed};
    LC_TRY(const double bound, Planning(chosen, terms).Bound());
    const std::pair<double, double> cost(without_zone, bound);
    if (best && cost >= least) continue;
    least = cost;
    best.emplace(std::move(demand));
  }
  const PlanInputs chosen{inputs.offers, *best, inputs.outages, inputs.held, inputs.closed};
  // Who has no zone is in the bound of all, but not in the plan's cost.
  if (least.first > 0) return Planning(chosen, terms).Plan(effort);
  LC_TRY(const double bound, Planning(inputs, terms).Bound());
  return Planning(chosen, terms).Plan(effort, bound);
}

}  // namespace

Result<CapacityPlan> PlanCapacity(const PlanInputs& inputs, const PlanTerms& terms,
                                  const SolverEffort& effort) {
  LC_TRY_VOID(Validate(inputs, terms));
  const PodNeighbours neighbours(inputs.demand);
  if (neighbours.HasZones()) return PlanInZones(inputs, terms, effort, neighbours);
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
