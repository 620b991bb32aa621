#include "cmd/fleet_report.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <functional>
#include <optional>
#include <ratio>
#include <utility>
#include <vector>

#include "base/time_text.h"

namespace loadcurve {
namespace {

using capacity::CapacityPlan;
using capacity::Fleet;
using kube::CapacityConditionType;
using kube::ConditionState;

// So often a status is written though nothing else moved.
using TenMinutes = std::chrono::duration<std::int64_t, std::ratio<600>>;

struct Verdict {
  bool is_well = true;
  std::string reason;
  std::string message;
};

Verdict Planned(const Fleet& fleet, const FleetOrder& order) {
  const auto& plan = fleet.plan().plan();
  if (!order.demand)
    return {false, "NoDemand",
            "It is not known yet what the workloads need: what is there stays. " + order.left_out};
  if (!plan) return {false, "NoPlan", "There is no plan yet."};
  if (!*plan) return {false, "PlanFailed", (*plan).error().message + ". What is there stays."};
  const CapacityPlan& made = **plan;
  if (const std::int64_t unplaced = made.packing.UnplacedCount(); unplaced > 0)
    return {false, "NoRoom",
            fmt::format("For {} pods there is no room: {}.", unplaced,
                        made.packing.unplaced.front().why)};
  if (!made.notes.empty()) return {false, "Limited", made.notes.front() + "."};
  if (!order.left_out.empty()) return {false, "WorkloadsLeftOut", order.left_out};
  return {
      true, "Planned",
      fmt::format("{:.4g} USD an hour; in the worst {:.3g} % of cases {:.2g} % of the pods have "
                  "no room in the mean.",
                  made.cost.value(), 100 * (1 - order.profile.fields().plan.tail),
                  100 * made.risk.tail_shortfall)};
}

std::string Unmet(const capacity::OrderReport& orders) {
  std::string text;
  for (const auto& [pool, nodes] : orders.unmet) {
    const auto closed = orders.view.limits.closed.find(pool);
    text += fmt::format("{}{} of {}", text.empty() ? "" : ", ", nodes, pool);
    if (closed != orders.view.limits.closed.end()) text += " (" + closed->second.why + ")";
  }
  return text;
}

// In whole hours, so that it is news once an hour.
std::string AgeOfPrice(const Fleet& fleet, const std::string& pool, TimePoint now) {
  const auto& offers = fleet.plan().basis().offers;
  const auto offer = std::ranges::find(offers, pool, &capacity::CapacityOffer::pool);
  if (offer == offers.end() || offer->priced_at == TimePoint()) return "never";
  return "last " + ToString(std::chrono::floor<std::chrono::hours>(now - offer->priced_at)) +
         " ago";
}

Verdict Supplied(const Fleet& fleet, const FleetOrder& order, TimePoint now) {
  const capacity::OrderReport& orders = fleet.orders();
  if (fleet.provider_fault())
    return {false, "ProviderUnreachable",
            fleet.provider_fault()->message + ". Nothing is bought or given back meanwhile."};
  if (!orders.faults.empty()) return {false, "OrderFailed", orders.faults.front().message};
  if (orders.is_held)
    return {false, "Held",
            "Nothing is bought before it is certain what is there: the journal of orders was "
            "empty, and the provider's list has to settle."};
  if (!orders.unmet.empty()) return {false, "Short", "Not to be had now: " + Unmet(orders) + "."};
  if (!fleet.stale_prices().empty())
    return {false, "StalePrices",
            fmt::format("The price of {} of {} pools was not told lately, that of {} {}; no node "
                        "is left for its price, and what must be bought is planned with a higher "
                        "one.",
                        fleet.stale_prices().size(), order.profile.fields().pools.size(),
                        fleet.stale_prices().front(),
                        AgeOfPrice(fleet, fleet.stale_prices().front(), now))};
  if (order.profile.fields().mode != capacity::ActingMode::kAct)
    return {true, "NotBuying", "Nothing is bought: the mode is not Act."};
  return {true, "Supplied", "What the plan wants is there, or on its way."};
}

Verdict Drained(const Fleet& fleet) {
  for (const capacity::DrainStanding& drain : fleet.Drains())
    if (!drain.alarms.empty())
      return {false, "Blocked", "node " + drain.node + ": " + drain.alarms.front()};
  return {true, "NothingBlocked", "Nothing keeps pods on nodes that go."};
}

// Of spot: what was seen, and what is believed.
void PutLosses(const Fleet& fleet, const capacity::CapacityOffer& believed,
               kube::PoolStanding& standing) {
  if (believed.capacity_class != capacity::CapacityClass::kSpot) return;
  standing.losses_per_hour = believed.losses_per_hour;
  const auto& seen = fleet.seen_losses().pools();
  if (const auto of = seen.find(believed.pool); of != seen.end()) standing.seen_losses = of->second;
}

// Pairs of which one lost nothing follow from what is seen of the pools.
std::vector<kube::PairStanding> Pairs(const capacity::LossRecord& seen) {
  std::vector<kube::PairStanding> pairs;
  const auto has_lost = [&](const std::string& pool) {
    const auto of = seen.pools().find(pool);
    return of != seen.pools().end() && of->second.lost > 0;
  };
  for (const auto& [pools, both] : seen.pairs())
    if (has_lost(pools.first) && has_lost(pools.second))
      pairs.push_back({pools.first, pools.second, both});
  std::ranges::stable_sort(pairs, std::greater{},
                           [](const kube::PairStanding& pair) { return pair.seen.lost; });
  if (pairs.size() > kube::kMostPairs) pairs.resize(kube::kMostPairs);
  return pairs;
}

kube::NodePlanStatus Counts(const Fleet& fleet, const FleetOrder& order, Duration now) {
  kube::NodePlanStatus status;
  const auto& plan = fleet.plan().plan();
  const CapacityPlan* const made = plan && *plan ? &**plan : nullptr;
  const auto& offers = fleet.plan().basis().offers;
  for (const capacity::CapacityOffer& pool : order.profile.fields().pools) {
    kube::PoolStanding standing{.pool = pool.pool};
    if (const auto count = fleet.orders().view.counts.find(pool.pool);
        count != fleet.orders().view.counts.end()) {
      standing.held = count->second.held;
      standing.ordered = count->second.pending;
    }
    standing.wanted = standing.held + standing.ordered;
    const auto offer = std::ranges::find(offers, pool.pool, &capacity::CapacityOffer::pool);
    if (offer != offers.end()) {
      standing.price = offer->price;
      PutLosses(fleet, *offer, standing);
    }
    if (made != nullptr) {
      const auto wish = std::ranges::find(made->pools, pool.pool, &capacity::PoolPlan::pool);
      standing.wanted = wish == made->pools.end() ? 0 : wish->nodes;
      standing.why =
          wish == made->pools.end() ? "it has no price, or is dearer than on demand" : wish->why;
    }
    status.spare += std::max<std::int64_t>(0, standing.held - standing.wanted);
    status.pools.push_back(std::move(standing));
  }
  status.pairs = Pairs(fleet.seen_losses());
  status.losing = static_cast<std::int64_t>(fleet.Losses(now).size());
  for (const capacity::DrainStanding& drain : fleet.Drains())
    if (drain.state != capacity::DrainState::kDrained) ++status.draining;
  status.parked = std::ranges::count(fleet.leaving(), capacity::LeaveStage::kParked,
                                     [](const auto& entry) { return entry.second; });
  if (made == nullptr) return status;
  status.cost = made->cost;
  status.held_cost = made->held_cost;
  status.tail_shortfall = Ratio(made->risk.tail_shortfall);
  status.worst_shortfall = Ratio(made->risk.worst_shortfall);
  for (const capacity::UnplacedPods& pods : made->packing.unplaced)
    status.unplaced.push_back({.workload = order.demand->groups()[pods.group].pods.name(),
                               .pods = pods.count,
                               .why = pods.why});
  return status;
}

}  // namespace

FleetReport ReportOf(const Fleet& fleet, const FleetOrder& order, const Clock& clock) {
  FleetReport report{.nodes = Counts(fleet, order, clock.MonotonicNow())};
  report.nodes.as_of = std::chrono::floor<TenMinutes>(clock.Now());
  const auto say = [&](CapacityConditionType type, Verdict verdict) {
    report.conditions[type] = {
        .state = verdict.is_well ? ConditionState::kTrue : ConditionState::kFalse,
        .reason = std::move(verdict.reason),
        .message = std::move(verdict.message),
        .since = clock.Now()};
  };
  say(CapacityConditionType::kPlanned, Planned(fleet, order));
  say(CapacityConditionType::kSupplied, Supplied(fleet, order, clock.Now()));
  if (order.profile.fields().mode == capacity::ActingMode::kAct)
    say(CapacityConditionType::kDrained, Drained(fleet));
  return report;
}

std::string TextOf(const capacity::RecordedOrder& order, const capacity::OrderReason* reason) {
  std::string text = fmt::format("{} no. {}: {} of {} nodes", order.order.pool, order.number,
                                 order.node_ids.size(), order.order.nodes);
  if (!order.why_missing.empty()) text += " (" + order.why_missing + ")";
  if (reason != nullptr)
    text += fmt::format(
        "; {}; all nodes {:.4g} USD/h, {:.2f} % of the pods without room in the worst cases",
        reason->why, reason->cost.value(), 100 * reason->tail_shortfall);
  return text;
}

}  // namespace loadcurve
