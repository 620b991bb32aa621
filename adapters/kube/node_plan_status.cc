#include "adapters/kube/node_plan_status.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <tuple>
#include <utility>

#include "adapters/kube/json_fields.h"
#include "adapters/kube/status_fields.h"

namespace loadcurve::kube {
namespace {

using nlohmann::json;

json ToJson(const PoolStanding& pool) {
  json object = {
      {"name", pool.pool}, {"held", pool.held}, {"ordered", pool.ordered}, {"wanted", pool.wanted}};
  if (pool.price) object["price"] = Rounded(pool.price->value());
  if (pool.losses_per_hour) object["lossesPerHour"] = Rounded(*pool.losses_per_hour);
  if (pool.seen_losses) {
    object["seenHours"] = Rounded(pool.seen_losses->hours);
    object["seenLosses"] = Rounded(pool.seen_losses->lost);
  }
  if (!pool.why.empty()) object["why"] = pool.why;
  return object;
}

// Nobody lost more than there was.
std::optional<capacity::SeenLosses> SeenFrom(const json& object) {
  const auto hours = NumberAt(object, {"seenHours"});
  const auto lost = NumberAt(object, {"seenLosses"});
  if (!hours || !lost || !(*hours >= 0) || !(*lost >= 0)) return std::nullopt;
  return capacity::SeenLosses{*hours, *lost};
}

PoolStanding PoolFrom(const json& object) {
  PoolStanding pool{.pool = TextAt(object, {"name"}),
                    .held = WholeAt(object, {"held"}).value_or(0),
                    .ordered = WholeAt(object, {"ordered"}).value_or(0),
                    .wanted = WholeAt(object, {"wanted"}).value_or(0),
                    .why = TextAt(object, {"why"})};
  if (const auto price = NumberAt(object, {"price"})) pool.price = UsdPerHour(*price);
  if (const auto losses = NumberAt(object, {"lossesPerHour"})) pool.losses_per_hour = *losses;
  pool.seen_losses = SeenFrom(object);
  return pool;
}

template <class Value>
void Put(json& object, const char* name, const std::optional<Value>& value) {
  if (value) object[name] = Rounded(value->value());
}

template <class Value>
std::optional<Value> ValueAt(const json& object, const char* name) {
  const auto number = NumberAt(object, {name});
  return number ? std::optional(Value(*number)) : std::nullopt;
}

std::int64_t SumOf(const NodePlanStatus& status, std::int64_t PoolStanding::*count) {
  std::int64_t sum = 0;
  for (const PoolStanding& pool : status.pools) sum += pool.*count;
  return sum;
}

auto GistOf(const PoolStanding& pool) {
  return std::tuple(pool.pool, pool.held, pool.ordered, pool.wanted);
}

}  // namespace

json ToJson(const NodePlanStatus& status) {
  json pools = json::array();
  for (const PoolStanding& pool : status.pools) pools.push_back(ToJson(pool));
  json unplaced = json::array();
  for (const UnplacedStanding& pods : status.unplaced)
    unplaced.push_back({{"workload", pods.workload}, {"pods", pods.pods}, {"why", pods.why}});
  json pairs = json::array();
  for (const PairStanding& pair : status.pairs)
    pairs.push_back({{"pool", pair.pool},
                     {"other", pair.other},
                     {"seenHours", Rounded(pair.seen.hours)},
                     {"seenLosses", Rounded(pair.seen.lost)}});
  json object = {{"held", SumOf(status, &PoolStanding::held)},
                 {"ordered", SumOf(status, &PoolStanding::ordered)},
                 {"wanted", SumOf(status, &PoolStanding::wanted)},
                 {"losing", status.losing},
                 {"draining", status.draining},
                 {"spare", status.spare},
                 {"parked", status.parked},
                 {"pools", std::move(pools)},
                 {"unplaced", std::move(unplaced)},
                 {"pairs", std::move(pairs)}};
  Put(object, "costPerHour", status.cost);
  Put(object, "heldCostPerHour", status.held_cost);
  Put(object, "tailShortfall", status.tail_shortfall);
  Put(object, "worstShortfall", status.worst_shortfall);
  if (!status.last_order.empty()) object["lastOrder"] = status.last_order;
  if (status.as_of != TimePoint()) object["asOf"] = WholeSeconds(status.as_of);
  return object;
}

NodePlanStatus NodePlanStatusFrom(const json& object) {
  NodePlanStatus status{.losing = WholeAt(object, {"losing"}).value_or(0),
                        .draining = WholeAt(object, {"draining"}).value_or(0),
                        .spare = WholeAt(object, {"spare"}).value_or(0),
                        .parked = WholeAt(object, {"parked"}).value_or(0),
                        .cost = ValueAt<UsdPerHour>(object, "costPerHour"),
                        .held_cost = ValueAt<UsdPerHour>(object, "heldCostPerHour"),
                        .tail_shortfall = ValueAt<Ratio>(object, "tailShortfall"),
                        .worst_shortfall = ValueAt<Ratio>(object, "worstShortfall"),
                        .last_order = TextAt(object, {"lastOrder"}),
                        .as_of = TimeAt(object, {"asOf"})};
  if (const json* pools = FieldAt(object, {"pools"}); pools != nullptr && pools->is_array())
    for (const json& pool : *pools) status.pools.push_back(PoolFrom(pool));
  if (const json* list = FieldAt(object, {"unplaced"}); list != nullptr && list->is_array())
    for (const json& pods : *list)
      status.unplaced.push_back({.workload = TextAt(pods, {"workload"}),
                                 .pods = WholeAt(pods, {"pods"}).value_or(0),
                                 .why = TextAt(pods, {"why"})});
  if (const json* list = FieldAt(object, {"pairs"}); list != nullptr && list->is_array())
    for (const json& pair : *list)
      if (const auto seen = SeenFrom(pair))
        status.pairs.push_back({TextAt(pair, {"pool"}), TextAt(pair, {"other"}), *seen});
  return status;
}

capacity::LossRecord SeenLossesOf(const NodePlanStatus& status) {
  capacity::LossRecord::Pools pools;
  capacity::LossRecord::Pairs pairs;
  for (const PoolStanding& pool : status.pools)
    if (pool.seen_losses) pools[pool.pool] = *pool.seen_losses;
  for (const PairStanding& pair : status.pairs) pairs[{pair.pool, pair.other}] = pair.seen;
  return capacity::LossRecord::After(std::move(pools), std::move(pairs));
}

bool IsNews(const std::optional<NodePlanStatus>& written,
            const std::optional<NodePlanStatus>& next) {
  if (written.has_value() != next.has_value()) return true;
  if (!next) return false;
  return std::tie(written->losing, written->draining, written->spare, written->parked,
                  written->last_order) !=
             std::tie(next->losing, next->draining, next->spare, next->parked, next->last_order) ||
         !std::ranges::equal(written->pools, next->pools,
                             [](const auto& a, const auto& b) { return GistOf(a) == GistOf(b); });
}

}  // namespace loadcurve::kube
