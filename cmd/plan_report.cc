#include "cmd/plan_report.h"

#include <fmt/format.h>

#include <cmath>
#include <functional>

#include "base/time_text.h"
#include "cmd/plan_json.h"

namespace loadcurve {
namespace {

std::string AgeOf(const PlanOutcome& outcome, const capacity::CapacityOffer& offer) {
  return ToString(std::chrono::floor<std::chrono::minutes>(outcome.now - offer.priced_at));
}

Table PoolsTable(const PlanOutcome& outcome, const std::function<std::string(double)>& number,
                 bool has_all) {
  Table table;
  table.header = {"pool",   "class",      "zone",  "held",      "nodes",
                  "change", "USD/h each", "USD/h", "price age", "why"};
  for (std::size_t i = 0; i < outcome.offers.size(); ++i) {
    const capacity::CapacityOffer& offer = outcome.offers[i];
    const capacity::PoolPlan& pool = outcome.plan.pools[i];
    if (!has_all && pool.nodes == 0 && pool.held == 0) continue;
    table.rows.push_back({pool.pool, std::string(Name(offer.capacity_class)), offer.zone,
                          std::to_string(pool.held), std::to_string(pool.nodes),
                          fmt::format("{:+}", pool.nodes - pool.held), number(offer.price.value()),
                          number(offer.price.value() * static_cast<double>(pool.nodes)),
                          AgeOf(outcome, offer), pool.why});
  }
  return table;
}

std::string Against(UsdPerHour plan, UsdPerHour other) {
  if (!(other.value() > 0)) return "";
  const double share = 1 - plan / other;
  return fmt::format(" ({:.1f} % {})", std::abs(share) * 100, share >= 0 ? "less" : "more");
}

std::string MoneyOf(const PlanOutcome& outcome) {
  const capacity::CapacityPlan& plan = outcome.plan;
  std::string text = fmt::format("Money: {:.4g} USD/h", plan.cost.value());
  if (plan.held_cost.value() > 0)
    text +=
        fmt::format("; today {:.4g}{}", plan.held_cost.value(), Against(plan.cost, plan.held_cost));
  text += fmt::format("; without spot {:.4g}{}\n", outcome.on_demand.cost.value(),
                      Against(plan.cost, outcome.on_demand.cost));
  return text + fmt::format("       {:.2f} % above what could be had with parts of nodes{}\n",
                            plan.above_bound * 100, plan.is_searched ? ", found by search" : "");
}

std::string RiskOf(const PlanOutcome& outcome) {
  const capacity::PlanRisk& risk = outcome.plan.risk;
  const double tail = 100 * (1 - outcome.terms.tail);
  return fmt::format(
      "Risk: nothing lost, there is room for what is needed with probability {:.4g}; in the worst "
      "{:.4g} %\n      of {} cases {:.2f} % of the pods have no room in the mean (agreed: {:.4g} "
      "%), "
      "in all cases {:.3f} %,\n      at worst {:.1f} %\n",
      outcome.terms.level, tail, risk.scenarios, risk.tail_shortfall * 100,
      outcome.terms.most_shortfall.value() * 100, risk.mean_shortfall * 100,
      risk.worst_shortfall * 100);
}

std::string LossesOf(const PlanOutcome& outcome) {
  std::string text;
  for (const PoolLosses& losses : outcome.losses)
    text += fmt::format(
        "Losses of {}: {:.3g} in {:.4g} hours were seen, {:.3g} an hour stated: planned with "
        "{:.3g}\n",
        losses.pool, losses.seen.lost, losses.seen.hours, losses.stated, losses.believed);
  return text;
}

std::string PackingOf(const PlanOutcome& outcome) {
  const auto& groups = outcome.demand.groups();
  const capacity::PodPacking& packing = outcome.plan.packing;
  std::string text =
      fmt::format("Pods: {} placed on {} nodes, {} without a place\n", packing.PlacedCount(),
                  packing.nodes.size(), packing.UnplacedCount());
  for (const capacity::UnplacedPods& pods : packing.unplaced)
    text += fmt::format("  {} of {}: {}\n", pods.count, groups[pods.group].pods.name(), pods.why);
  if (!outcome.is_explained) return text;
  for (const LikeNodes& like : LikeNodesOf(packing)) {
    std::string pods;
    for (const capacity::PackedPods& packed : like.pods)
      pods += fmt::format("{}{} {}", pods.empty() ? "" : ", ", packed.count,
                          groups[packed.group].pods.name());
    text += fmt::format("  {} x {}: {}\n", like.count, outcome.offers[like.offer].pool,
                        pods.empty() ? "empty, in reserve" : pods);
  }
  return text;
}

std::string MovesOf(const PlanOutcome& outcome) {
  std::string text;
  for (const capacity::LoadMove& move : outcome.moves)
    text +=
        fmt::format("Could move: {} {}, {:.4g} USD/h less ({:.1f} %), difficulty {}{}\n",
                    move.workload, Name(move.kind), move.saving.value(), move.effect.value() * 100,
                    Name(move.difficulty), move.is_core ? ", core" : "");
  return text;
}

std::string SubscriptionsOf(const PlanOutcome& outcome) {
  std::string text;
  for (const PoolSubscription& subscription : outcome.subscriptions) {
    const capacity::SubscriptionAdvice& advice = subscription.advice;
    text += fmt::format(
        "Subscription {}: hold {:.0f} nodes (now {:.0f}): one pays if it is used in more than "
        "{:.0f} % of\n  the hours, else {} is cheaper; {:.4g} USD/h in the mean, now {:.4g}, with "
        "none {:.4g}\n",
        subscription.pool, advice.nodes, subscription.subscribed, advice.break_even_share * 100,
        subscription.on_demand_pool, advice.cost_advised.value(), advice.cost_now.value(),
        advice.cost_on_demand.value());
  }
  return text;
}

}  // namespace

std::string RenderPlan(const PlanOutcome& outcome, OutputFormat output) {
  if (output == OutputFormat::kJson)
    return ToJson(outcome).dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
  if (output == OutputFormat::kCsv) return ToCsv(PoolsTable(outcome, ExactNumber, true));
  std::string text = ToText(PoolsTable(
      outcome, [](double value) { return RoundNumber(value, 5); }, outcome.is_explained));
  text += "\n" + MoneyOf(outcome) + RiskOf(outcome) + LossesOf(outcome) + PackingOf(outcome);
  for (const std::string& note : outcome.plan.notes) text += "Limit: " + note + "\n";
  for (const std::string& words : outcome.left_out) text += "Left out: " + words + "\n";
  return text + MovesOf(outcome) + SubscriptionsOf(outcome);
}

}  // namespace loadcurve
