#include "scaler/capacity/plan/plan_mending.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <string>
#include <utility>

#include "scaler/capacity/plan/pod_packing.h"

namespace loadcurve::capacity {
namespace {

// In larger fleets a node more is little money, and packing takes long.
constexpr std::int64_t kFewNodes = 32;
constexpr int kMostTried = 60;

double CoresOf(const CapacityOffer& offer) {
  return offer.vcpu > CpuCores(0) ? offer.vcpu.value() : offer.allocatable.cpu.value();
}

}  // namespace

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

double PlanMending::AddNodes(std::vector<std::int64_t>& nodes, PodPacking& packed) const {
  constexpr int kMostRounds = 60;
  constexpr int kMostInVain = 5;
  constexpr int kMostRepacked = 4;
  int repacked = 0;
  double cost = 0;
  std::vector<std::int64_t> tried = nodes;
  double tried_cost = 0;
  PodPacking packing = packed;
  for (int round = 0, in_vain = 0; round < kMostRounds && in_vain < kMostInVain; ++round) {
    if (packing.unplaced.empty()) break;
    for (const UnplacedPods& pods : packing.unplaced) tried_cost += AddMachines(pods, tried);
    packing = PackRest(std::move(packing), inputs_.demand, inputs_.offers, tried);
    // Who must stand beside others finds no place on nodes that nobody is on yet.
    const bool is_in_vain = packing.UnplacedCount() >= packed.UnplacedCount();
    if (is_in_vain && !neighbours_.is_empty() && ++repacked <= kMostRepacked)
      packing = PackPods(inputs_.demand, terms_.level, inputs_.offers, tried);
    ++in_vain;
    if (packing.UnplacedCount() >= packed.UnplacedCount()) continue;
    in_vain = 0;
    packed = packing;
    nodes = tried;
    cost = tried_cost;
  }
  return cost;
}

// Half of what the pods take alone, since others may find room beside them, and one at least.
double PlanMending::AddMachines(const UnplacedPods& pods, std::vector<std::int64_t>& nodes) const {
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
double PlanMending::TakenBy(std::size_t i, const UnplacedPods& pods) const {
  const CapacityOffer& offer = inputs_.offers[i];
  const auto each =
      static_cast<double>(PodsOnEmptyNode(inputs_.demand.groups()[pods.group].pods, offer));
  return each * offer.speed * static_cast<double>(offer.pieces);
}

// The pool with the cheapest machine by how many of the pods it takes.
std::optional<std::size_t> PlanMending::CheapestFor(const UnplacedPods& pods,
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

bool PlanMending::MayGrow(std::size_t i, const std::vector<std::int64_t>& nodes) const {
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

double PlanMending::CoresUnder(const CpuQuota& quota,
                               const std::vector<std::int64_t>& nodes) const {
  double cores = 0;
  for (std::size_t i = 0; i < nodes.size(); ++i)
    if (inputs_.offers[i].region == quota.region &&
        inputs_.offers[i].capacity_class == quota.capacity_class)
      cores += CoresOf(inputs_.offers[i]) * static_cast<double>(nodes[i]);
  return cores;
}

double PlanMending::TakeNodes(std::vector<std::int64_t>& nodes, PodPacking& packing,
                              PlanRisk& risk) const {
  double saved = 0;
  if (std::reduce(nodes.begin(), nodes.end()) > kFewNodes) return saved;
  for (int tried = 0; tried < kMostTried;) {
    bool is_changed = false;
    for (const Change& change : ChangesOf(nodes)) {
      const auto fewer = After(change, nodes);
      if (!fewer || !IsEnough(*fewer)) continue;
      if (++tried > kMostTried) break;
      PodPacking packed = PackPods(inputs_.demand, terms_.level, inputs_.offers, *fewer);
      if (packed.UnplacedCount() > packing.UnplacedCount()) continue;
      const PlanRisk with = program_.RiskOf(packed);
      if (with.tail_shortfall > std::max(terms_.most_shortfall.value(), risk.tail_shortfall) ||
          !program_.KeepsLimits(*fewer))
        continue;
      nodes = *fewer;
      packing = std::move(packed);
      risk = with;
      saved += change.saving;
      is_changed = true;
      break;
    }
    if (!is_changed) break;
  }
  return saved;
}

// What saves most first.
std::vector<PlanMending::Change> PlanMending::ChangesOf(
    const std::vector<std::int64_t>& nodes) const {
  std::vector<Change> changes;
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    if (!MayGo(i, nodes)) continue;
    const double saving = program_.CostOfLast(i, nodes[i]);
    changes.push_back({i, {}, {}, saving});
    for (std::size_t j = i; j < nodes.size(); ++j) {
      if (!MayGo(j, nodes)) continue;
      for (std::size_t k = 0; k < nodes.size(); ++k) {
        const double cost = program_.CostOfNew(k);
        const double both = saving + program_.CostOfLast(j, nodes[j]);
        if (k != i && k != j && cost < both * (1 - 1e-6)) changes.push_back({i, j, k, both - cost});
      }
    }
  }
  std::ranges::stable_sort(changes, std::greater<>(), &Change::saving);
  return changes;
}

// What is paid whether it is used or not saves nothing.
bool PlanMending::MayGo(std::size_t offer, const std::vector<std::int64_t>& nodes) const {
  return inputs_.offers[offer].capacity_class != CapacityClass::kReserved &&
         nodes[offer] >= inputs_.offers[offer].pieces + program_.UnsettledIn(offer);
}

std::optional<std::vector<std::int64_t>> PlanMending::After(const Change& change,
                                                            std::vector<std::int64_t> nodes) const {
  nodes[change.gone] -= inputs_.offers[change.gone].pieces;
  if (change.gone_too) {
    if (!MayGo(*change.gone_too, nodes)) return std::nullopt;
    nodes[*change.gone_too] -= inputs_.offers[*change.gone_too].pieces;
  }
  if (change.come) {
    if (!MayGrow(*change.come, nodes)) return std::nullopt;
    nodes[*change.come] += inputs_.offers[*change.come].pieces;
  }
  return nodes;
}

// As far as sums tell: of fewer nodes no packing is tried.
bool PlanMending::IsEnough(const std::vector<std::int64_t>& nodes) const {
  ResourceAmounts asked{};
  ResourceAmounts there{};
  for (std::size_t g = 0; g < inputs_.demand.groups().size(); ++g) {
    const ResourceAmounts request = AmountsOf(inputs_.demand.groups()[g].pods.request());
    for (std::size_t r = 0; r < asked.size(); ++r)
      asked[r] += inputs_.demand.ReplicasAt(g, terms_.level) * request[r];
  }
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    const ResourceAmounts node = AmountsOf(inputs_.offers[i].allocatable);
    for (std::size_t r = 0; r < there.size(); ++r)
      there[r] += static_cast<double>(nodes[i]) * inputs_.offers[i].speed * node[r];
  }
  return DominantShare(asked, there) <= 1 + 1e-9;
}

}  // namespace loadcurve::capacity
