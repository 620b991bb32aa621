#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "scaler/capacity/node_demand.h"
#include "scaler/capacity/plan/capacity_plan.h"
#include "scaler/capacity/plan/capacity_planner.h"
#include "scaler/capacity/plan/plan_inputs.h"

namespace loadcurve::capacity {

constexpr std::int64_t kGib = 1024LL * 1024 * 1024;

// A pool of nodes of ten cores and 40 GiB in region "r", zone as named, at once ready.
inline CapacityOffer TenCores(const std::string& pool, const std::string& zone,
                              CapacityClass capacity_class, double price) {
  CapacityOffer offer;
  offer.pool = pool;
  offer.region = "r";
  offer.zone = zone;
  offer.instance_type = "ten.cores";
  offer.family = "ten";
  offer.capacity_class = capacity_class;
  offer.allocatable = {CpuCores(10), Bytes(40 * kGib), 110};
  offer.price = UsdPerHour(price);
  offer.most_nodes = 1000;
  return offer;
}

// The same of four cores and 16 GiB, on demand.
inline CapacityOffer FourCores(const std::string& pool, const std::string& zone, double price) {
  CapacityOffer offer = TenCores(pool, zone, CapacityClass::kOnDemand, price);
  offer.allocatable = {CpuCores(4), Bytes(16 * kGib), 110};
  return offer;
}

// Pods of one core and one GiB.
inline PodGroupFields OneCore(const std::string& name) {
  PodGroupFields fields;
  fields.name = name;
  fields.request = {CpuCores(1), Bytes(kGib), 1};
  return fields;
}

// The same, known to others as app=NAME.
inline PodGroupFields App(const std::string& name) {
  PodGroupFields fields = OneCore(name);
  fields.marks.labels = {{"app", name}};
  return fields;
}

inline PodGroupFields Sized(PodGroupFields pods, double cores, std::int64_t gib) {
  pods.request = {CpuCores(cores), Bytes(gib * kGib), 1};
  return pods;
}

// Pods with app=NAME, on the same node or in the same zone.
inline PodAffinityTerm OnNodeWith(const std::string& name) {
  return {PodAffinityTerm::Place::kNode, {{"app", LabelRequirement::Operator::kIn, {name}}}};
}
inline PodAffinityTerm InZoneWith(const std::string& name) {
  PodAffinityTerm term = OnNodeWith(name);
  term.place = PodAffinityTerm::Place::kZone;
  return term;
}

inline PodGroupFields Apart(PodGroupFields pods, PodAffinityTerm term) {
  pods.anti_affinity.push_back(std::move(term));
  return pods;
}
inline PodGroupFields Beside(PodGroupFields pods, PodAffinityTerm term) {
  pods.affinity.push_back(std::move(term));
  return pods;
}

inline GroupDemand Asks(PodGroupFields fields, double replicas) {
  return {PodGroup::Make(std::move(fields)).value(), {replicas}};
}

inline NodeDemand DemandFor(std::vector<GroupDemand> groups) {
  return NodeDemand::Make({0.5}, std::move(groups)).value();
}

// What a plan is made of, owned.
struct PlanWorld {
  std::vector<CapacityOffer> offers;
  NodeDemand demand;
  JointOutages outages{};
  std::vector<HeldNodes> held{};
  std::vector<std::string> closed{};
  PlanTerms terms{};

  [[nodiscard]] Result<CapacityPlan> Plan(const SolverEffort& effort = {}) const {
    return PlanCapacity({offers, demand, outages, held, closed}, terms, effort);
  }
};

inline std::int64_t NodesIn(const CapacityPlan& plan, const std::string& pool) {
  for (const PoolPlan& of : plan.pools)
    if (of.pool == pool) return of.nodes;
  return -1;
}

// The share of scenarios in which all of these pools, by their places, are lost.
inline double ShareLost(const JointOutages& outages, std::vector<std::size_t> pools) {
  double count = 0;
  for (const auto& alive : outages.alive) {
    bool is_lost = true;
    for (const std::size_t pool : pools) is_lost = is_lost && alive[pool] == 0;
    count += is_lost ? 1 : 0;
  }
  return count / static_cast<double>(outages.alive.size());
}

}  // namespace loadcurve::capacity
