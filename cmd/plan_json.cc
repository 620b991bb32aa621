#include "cmd/plan_json.h"

#include <map>
#include <utility>

#include "base/time_text.h"

namespace loadcurve {
namespace {

using nlohmann::ordered_json;

ordered_json PoolsJson(const PlanOutcome& outcome) {
  ordered_json pools = ordered_json::array();
  for (std::size_t i = 0; i < outcome.offers.size(); ++i) {
    const capacity::CapacityOffer& offer = outcome.offers[i];
    const capacity::PoolPlan& pool = outcome.plan.pools[i];
    pools.push_back({{"pool", pool.pool},
                     {"region", offer.region},
                     {"zone", offer.zone},
                     {"instance_type", offer.instance_type},
                     {"class", Name(offer.capacity_class)},
                     {"held", pool.held},
                     {"nodes", pool.nodes},
                     {"change", pool.nodes - pool.held},
                     {"usd_per_hour_each", offer.price.value()},
                     {"usd_per_hour", offer.price.value() * static_cast<double>(pool.nodes)},
                     {"price_age_seconds", Seconds(outcome.now - offer.priced_at)},
                     {"why", pool.why}});
  }
  return pools;
}

ordered_json PackingJson(const PlanOutcome& outcome) {
  const auto& groups = outcome.demand.groups();
  ordered_json nodes = ordered_json::array();
  for (const LikeNodes& like : LikeNodesOf(outcome.plan.packing)) {
    ordered_json pods = ordered_json::object();
    for (const capacity::PackedPods& packed : like.pods)
      pods[groups[packed.group].pods.name()] = packed.count;
    nodes.push_back(
        {{"pool", outcome.offers[like.offer].pool}, {"nodes", like.count}, {"pods_each", pods}});
  }
  ordered_json unplaced = ordered_json::array();
  for (const capacity::UnplacedPods& pods : outcome.plan.packing.unplaced)
    unplaced.push_back(
        {{"workload", groups[pods.group].pods.name()}, {"pods", pods.count}, {"why", pods.why}});
  return {{"placed", outcome.plan.packing.PlacedCount()}, {"nodes", nodes}, {"unplaced", unplaced}};
}

ordered_json SubscriptionJson(const PoolSubscription& subscription) {
  const capacity::SubscriptionAdvice& advice = subscription.advice;
  ordered_json curve = ordered_json::array();
  for (const capacity::DurationPoint& point : advice.curve)
    curve.push_back({{"nodes", point.nodes}, {"share_of_hours", point.share}});
  return {{"pool", subscription.pool},
          {"instead_of", subscription.on_demand_pool},
          {"subscribed_nodes", subscription.subscribed},
          {"advised_nodes", advice.nodes},
          {"break_even_share_of_hours", advice.break_even_share},
          {"usd_per_hour_now", advice.cost_now.value()},
          {"usd_per_hour_advised", advice.cost_advised.value()},
          {"usd_per_hour_on_demand", advice.cost_on_demand.value()},
          {"load_duration_curve", curve}};
}

}  // namespace

std::vector<LikeNodes> LikeNodesOf(const capacity::PodPacking& packing) {
  using Key = std::pair<std::size_t, std::map<std::size_t, std::int64_t>>;
  std::map<Key, std::size_t> place_of;
  std::vector<LikeNodes> like;
  for (const capacity::PackedNode& node : packing.nodes) {
    Key key{node.offer, {}};
    for (const capacity::PackedPods& pods : node.pods) key.second[pods.group] = pods.count;
    const auto [found, is_new] = place_of.emplace(std::move(key), like.size());
    if (is_new) like.push_back({node.offer, node.pods, 0});
    ++like[found->second].count;
  }
  return like;
}

nlohmann::ordered_json ToJson(const PlanOutcome& outcome) {
  const capacity::CapacityPlan& plan = outcome.plan;
  ordered_json json = {{"now", ToRfc3339(outcome.now)},
                       {"window_seconds", Seconds(outcome.window)},
                       {"pools", PoolsJson(outcome)},
                       {"money",
                        {{"today_usd_per_hour", plan.held_cost.value()},
                         {"plan_usd_per_hour", plan.cost.value()},
                         {"all_on_demand_usd_per_hour", outcome.on_demand.cost.value()},
                         {"above_bound", plan.above_bound}}},
                       {"risk",
                        {{"level", outcome.terms.level},
                         {"tail", outcome.terms.tail},
                         {"most_shortfall", outcome.terms.most_shortfall.value()},
                         {"scenarios", plan.risk.scenarios},
                         {"mean_shortfall", plan.risk.mean_shortfall},
                         {"tail_shortfall", plan.risk.tail_shortfall},
                         {"worst_shortfall", plan.risk.worst_shortfall}}},
                       {"packing", PackingJson(outcome)},
                       {"is_searched", plan.is_searched},
                       {"notes", plan.notes},
                       {"left_out", outcome.left_out}};
  json["losses"] = ordered_json::array();
  for (const PoolLosses& losses : outcome.losses)
    json["losses"].push_back({{"pool", losses.pool},
                              {"seen_hours", losses.seen.hours},
                              {"seen_losses", losses.seen.lost},
                              {"stated_per_hour", losses.stated},
                              {"believed_per_hour", losses.believed}});
  json["moves"] = ordered_json::array();
  for (const capacity::LoadMove& move : outcome.moves)
    json["moves"].push_back({{"workload", move.workload},
                             {"move", Name(move.kind)},
                             {"saving_usd_per_hour", move.saving.value()},
                             {"effect", move.effect.value()},
                             {"difficulty", Name(move.difficulty)},
                             {"is_core", move.is_core}});
  json["subscriptions"] = ordered_json::array();
  for (const PoolSubscription& subscription : outcome.subscriptions)
    json["subscriptions"].push_back(SubscriptionJson(subscription));
  return json;
}

}  // namespace loadcurve
