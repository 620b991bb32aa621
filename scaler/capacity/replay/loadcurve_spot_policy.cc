#include "scaler/capacity/replay/loadcurve_spot_policy.h"

#include <algorithm>
#include <numeric>
#include <utility>

namespace loadcurve::capacity {
namespace {

// What safety may cost beyond the cheapest way.
constexpr Ratio kPremium{0.055};
// How far losses are looked ahead: a node stays for long, and the next minutes matter most.
constexpr Duration kOutlook = std::chrono::minutes(30);
// What an order costs before the node serves is spread over so long: by then the state of the pools
// is another one.
constexpr double kOrderSeconds = 3600;

std::vector<OutagePool> OutagePools(const SpotPolicyTerms& terms, std::int64_t most_nodes) {
  std::vector<OutagePool> pools;
  for (const SpotPool& pool : terms.pools) pools.push_back({pool.name, pool.region, most_nodes});
  return pools;
}

}  // namespace

LoadcurveSpotPolicy::LoadcurveSpotPolicy(SpotPolicyTerms terms, std::int64_t most_nodes)
    : terms_(std::move(terms)),
      outages_(OutagePools(terms_, most_nodes), terms_.boot),
      rises_(terms_.boot),
      budget_(kPremium),
      staying_(terms_.pools.size(), 0),
      wanted_(terms_.pools.size(), 0),
      leaving_(terms_.pools.size(), false) {}

// Of ten losses one is taken to come without a notice before any was seen.
Ratio LoadcurveSpotPolicy::MissedNotices() const {
  return Ratio((unannounced_ + 0.5) / (unannounced_ + announced_ + 5));
}

void LoadcurveSpotPolicy::CountNotices(const SpotMoment& moment) {
  for (std::size_t pool = 0; pool < moment.pools.size(); ++pool) {
    const PoolMoment& now = moment.pools[pool];
    if (leaving_[pool] && now.leaving == 0)
      announced_ += 1;
    else if (!leaving_[pool] && now.leaving == 0 && now.stock < wanted_[pool])
      unannounced_ += 1;
  }
}

double LoadcurveSpotPolicy::CostOfStaying(const SpotMoment& moment) {
  std::vector<std::size_t> order(moment.pools.size());
  std::iota(order.begin(), order.end(), 0U);
  std::ranges::stable_sort(order, [&](std::size_t a, std::size_t b) {
    return moment.pools[a].price < moment.pools[b].price;
  });
  std::int64_t missing = moment.demand;
  for (const std::size_t pool : order) {
    staying_[pool] = std::min({staying_[pool], moment.pools[pool].in_stock, missing});
    missing -= staying_[pool];
  }
  double cost = 0;
  for (const std::size_t pool : order) {
    const double price = moment.pools[pool].price;
    const std::int64_t more =
        price < 1 ? std::min(missing, moment.pools[pool].in_stock - staying_[pool]) : 0;
    staying_[pool] += more;
    missing -= more;
    cost += price * static_cast<double>(staying_[pool]);
  }
  return cost + static_cast<double>(missing);
}

void LoadcurveSpotPolicy::Learn(const SpotMoment& moment) {
  budget_.NotePaid(moment.paid);
  if (moment.is_notice) return;
  CountNotices(moment);
  std::vector<std::int64_t> stock;
  for (const PoolMoment& pool : moment.pools) stock.push_back(pool.in_stock);
  outages_.Observe(moment.now, stock);
  rises_.Observe(moment.now, moment.demand);
  budget_.Allow(CostOfStaying(moment), terms_.gap);
}

HoldingsAsk LoadcurveSpotPolicy::AskFor(const SpotMoment& moment) const {
  const double boot = Seconds(terms_.boot);
  const double late = std::max(0.0, boot - Seconds(terms_.notice));
  const double missed = MissedNotices().value();
  HoldingsAsk ask{.demand = moment.demand,
                  .pools = {},
                  .on_demand_held = moment.on_demand,
                  .events = {},
                  .rises = rises_.Expected(),
                  .value = budget_.Value(),
                  .lost_seconds = missed * boot + (1 - missed) * late,
                  .boot_seconds = boot,
                  .order_share = boot / kOrderSeconds};
  std::vector<bool> is_leaving;
  std::vector<bool> is_watched;
  std::int64_t ready = moment.on_demand_ready;
  for (std::size_t index = 0; index < moment.pools.size(); ++index) {
    const PoolMoment& pool = moment.pools[index];
    // More than twice the demand, all of it as spares, is never wanted.
    const std::int64_t most = std::min(pool.stock, 2 * moment.demand);
    ask.pools.push_back(
        {pool.price, most, std::min(pool.held, most), outages_.LossRates(index, most, kOutlook)});
    is_leaving.push_back(pool.leaving > 0);
    is_watched.push_back(pool.held > 0);
    ready += pool.ready;
  }
  // While it is short, whoever gives up a node that boots waits for another from the beginning.
  if (ready < moment.demand) ask.waiting = ask.value;
  if (std::ranges::find(is_leaving, true) == is_leaving.end()) {
    ask.events = outages_.Events(kOutlook);
    return ask;
  }
  // What takes over must be there when the others are gone: what matters is what falls with them,
  // and an order is paid for by the time until then alone.
  ask.events = outages_.EventsAfter(is_leaving, is_watched, Ratio(missed));
  ask.lost_seconds = boot - late;
  ask.order_share = 1;
  return ask;
}

SpotTarget LoadcurveSpotPolicy::Wanted(const SpotMoment& moment) {
  Learn(moment);
  SpotHoldings holdings = HoldingsFor(AskFor(moment));
  wanted_ = holdings.spot;
  for (std::size_t pool = 0; pool < leaving_.size(); ++pool)
    leaving_[pool] = moment.pools[pool].leaving > 0;
  return {std::move(holdings.spot), holdings.on_demand};
}

}  // namespace loadcurve::capacity
